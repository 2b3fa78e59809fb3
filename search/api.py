"""`GET /api/v1/search/`: the same search for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from portal.api.serializers import EntrySerializer
from portal.catalogue.models import Entry
from search.conf import DEEPEST
from search.parameters import from_query, to_query
from search.query import FACETS, TIMES, Explanation, Hit, Part, SearchRequest, SearchResult, TooDeep
from search.seeking.noting import note_search
from search.service import search
from search.views import may_explain

_PARAMETERS = [
    OpenApiParameter("q", str, description='What is sought: all words, codes, "phrases in quotation marks".'),
    OpenApiParameter("kind", str, enum=Entry.Kind.values),
    OpenApiParameter("type", str, description="One or several types, separated by commas."),
    OpenApiParameter("plugin", str),
    OpenApiParameter("department", str, description="Path of a department; what is below it is included."),
    OpenApiParameter("author", int, description="Id of a person."),
    OpenApiParameter("topic", str, description="Slug of a topic."),
    OpenApiParameter("language", str, description="Short code of the language that things are written in."),
    OpenApiParameter("time", str, enum=list(TIMES), description="Published in the last day, week (7 days), ..."),
    OpenApiParameter("explain", bool, description="1: with each hit why it stands where it does; for search managers."),
    OpenApiParameter("page", int, description=f"From 1; only the first {DEEPEST} results can be paged through."),
]


class PartSerializer(serializers.Serializer[Part]):
    text = serializers.CharField()
    number = serializers.FloatField()


class ExplanationSerializer(serializers.Serializer[Explanation]):
    """The score is the sum of `sums` times all `factors`."""

    sums = PartSerializer(many=True)
    factors = PartSerializer(many=True)
    score = serializers.FloatField()


class SubjectSerializer(serializers.ModelSerializer[Entry]):
    class Meta:
        model = Entry
        fields = ["id", "type", "title", "url"]


class HitSerializer(EntrySerializer):
    """An entry that was found. Both texts are HTML, escaped, with `<mark>` around what was sought."""

    title_html = serializers.SerializerMethodField()
    snippet_html = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()
    page = serializers.SerializerMethodField()
    subject = serializers.SerializerMethodField()

    class Meta(EntrySerializer.Meta):
        fields = [
            *EntrySerializer.Meta.fields, "title_html", "snippet_html", "explanation", "page", "subject",
        ]  # fmt: skip

    def get_page(self, entry: Entry) -> int | None:
        """On which page of it, or sheet or slide (`facets.page_unit`), what was sought is; null without pages."""
        return self._hit.page or None

    @extend_schema_field(SubjectSerializer(allow_null=True))
    def get_subject(self, entry: Entry) -> dict[str, Any] | None:
        """What it is about or stands on: of a comment the post, of a document the page."""
        return SubjectSerializer(entry.subject).data if entry.subject else None

    def to_representation(self, instance: Hit) -> dict[str, Any]:
        self._hit = instance
        return super().to_representation(instance.entry)

    def get_title_html(self, entry: Entry) -> str:
        return self._hit.title_html

    def get_snippet_html(self, entry: Entry) -> str:
        return self._hit.snippet_html

    @extend_schema_field(ExplanationSerializer(allow_null=True))
    def get_explanation(self, entry: Entry) -> dict[str, Any] | None:
        """Why it stands where it does: with `explain=1`, for search managers."""
        return ExplanationSerializer(self._hit.explanation).data if self._hit.explanation else None


class FacetsSerializer(serializers.Serializer[Any]):
    """How many results each value of a facet has, within all other filters; values are what the filter takes.

    Departments are those directly below the chosen one (the organisation, if none is), each with what is below it.
    """

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: serializers.DictField(child=serializers.IntegerField()) for name in FACETS}


class SearchResultSerializer(serializers.Serializer[SearchResult]):
    """`promoted`: what editors put above the first page for these words; it is not among its `results` again.

    `similar`: nothing is written as it was sought, these are words like it.

    `limited`: the simpler engine answered, or the index is behind; `reason` says why.
    """

    count = serializers.IntegerField()
    count_exact = serializers.BooleanField()
    next = serializers.CharField(allow_null=True)
    promoted = HitSerializer(many=True)
    results = HitSerializer(many=True, source="hits")
    facets = FacetsSerializer()
    similar = serializers.BooleanField()
    suggestion = serializers.CharField(help_text="What may have been meant, where only similar words are found.")
    engine = serializers.CharField()
    limited = serializers.BooleanField()
    reason = serializers.CharField()
    took_ms = serializers.IntegerField()


class SearchView(APIView):
    """One search over everything the person may read."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "search"

    @extend_schema(parameters=_PARAMETERS, responses=SearchResultSerializer, operation_id="search")
    def get(self, request: Request) -> Response:
        try:
            asked = from_query(request.user, request.query_params, strict=True)
        except TooDeep as error:
            raise serializers.ValidationError({"page": [str(error)]}) from error
        result = search(asked, explain=may_explain(request))
        note_search(asked, result, clickable=False)
        result_next = {"next": self._next(request, asked, result)}
        return Response(SearchResultSerializer(result, context={"request": request}).data | result_next)

    def _next(self, request: Request, asked: SearchRequest, result: SearchResult) -> str | None:
        following = (asked.page + 1) * asked.size
        if asked.page * asked.size >= result.count or following > DEEPEST:
            return None
        return request.build_absolute_uri(to_query(asked, page=asked.page + 1))
