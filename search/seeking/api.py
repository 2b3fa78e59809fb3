"""`GET /api/v1/search/seeking/`: the report for programs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from search.seeking.conf import PERIOD, PERIODS, RIGHT
from search.seeking.models import Figure, Measure
from search.seeking.report import TABS, mean_position

_PARAMETERS = [
    OpenApiParameter("measure", str, enum=[each.value for each in TABS], default=Measure.NOTHING.value),
    OpenApiParameter("period", int, enum=PERIODS, default=PERIOD, description="So many days, up to yesterday."),
    OpenApiParameter("language", str, enum=[code for code, _name in settings.LANGUAGES]),
]


class SeesSeeking(BasePermission):
    """Those who may see what people seek."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.has_perm(RIGHT))


class SeekingPagination(PageNumberPagination):
    """Pages of 50; the count is exact."""

    page_size = 50

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None
        count = self.page.paginator.count
        return Response({"count": count, "count_exact": True, "next": self.get_next_link(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["count", "count_exact", "next", "results"],
            "properties": {
                "count": {"type": "integer"},
                "count_exact": {"type": "boolean"},
                "next": {"type": "string", "nullable": True, "format": "uri"},
                "results": schema,
            },
        }


class AskedSerializer(serializers.Serializer[Any]):
    """What is asked for; each has a default."""

    measure = serializers.ChoiceField(choices=[each.value for each in TABS], default=Measure.NOTHING.value)
    period = serializers.ChoiceField(choices=PERIODS, default=PERIOD)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, default="")


class PhraseSerializer(serializers.Serializer[Any]):
    """A phrase, and how many searches there were of it; null where a number would be about too few people.

    `position`: where the results stood that were opened, from 1, on average.
    """

    phrase = serializers.CharField()
    language = serializers.CharField()
    sought = serializers.IntegerField(allow_null=True)
    nothing = serializers.IntegerField(allow_null=True)
    unclicked = serializers.IntegerField(allow_null=True)
    clicked = serializers.IntegerField(allow_null=True)
    position = serializers.SerializerMethodField()

    def get_position(self, row: dict[str, Any]) -> float | None:
        return mean_position(row)


@extend_schema(parameters=_PARAMETERS)
class SeekingView(generics.ListAPIView):
    """Phrases that people sought, those with the most searches of the measure first."""

    permission_classes = [SeesSeeking]
    serializer_class = PhraseSerializer
    pagination_class = SeekingPagination

    def get_queryset(self) -> QuerySet[Any, Any]:
        asked = AskedSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        return Figure.objects.report(given["measure"], days=int(given["period"]), language=given["language"])
