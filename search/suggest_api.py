"""`GET /api/v1/search/suggest/`: what the search box suggests, for programs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from search.suggest import LABELS, Suggestions, suggest


class SuggestionSerializer(serializers.Serializer[Any]):
    """One line. `html` is the text, escaped, with `<mark>` around what was typed; `detail` tells it from others.

    Those in the group `similar` begin almost as it is typed.
    """

    text = serializers.CharField()
    html = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()
    language = serializers.CharField()
    entry = serializers.IntegerField(source="entry.pk", allow_null=True, default=None)


class SuggestionGroupSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=list(LABELS))
    label = serializers.CharField()  # type: ignore[assignment]
    items = SuggestionSerializer(many=True)


class SuggestionsSerializer(serializers.Serializer[Suggestions]):
    """Groups that have something in them, in their order. `limited`: the simpler engine answered."""

    q = serializers.CharField()
    count = serializers.IntegerField()
    groups = SuggestionGroupSerializer(many=True)
    engine = serializers.CharField()
    limited = serializers.BooleanField()


class SuggestView(APIView):
    """Suggestions of what the person may read, and of the person's own recent searches."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "suggest"

    @extend_schema(
        parameters=[OpenApiParameter("q", str, description="What is typed so far; without it, recent searches only.")],
        responses=SuggestionsSerializer,
        operation_id="search_suggest",
    )
    def get(self, request: Request) -> Response:
        return Response(SuggestionsSerializer(suggest(request.user, request.query_params.get("q", ""))).data)
