"""`/api/v1/kpis/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugins.kpis.models import Kpi, Reading
from plugins.kpis.queries import kpis_for
from portal.api.pagination import CappedCursorPagination
from portal.api.serializers import EntrySerializer
from portal.catalogue.access import readable_or_404
from portal.catalogue.models import Entry
from portal.people.models import Department

MOST_READINGS = 400


class KpiSerializer(EntrySerializer):
    """The fields of the entry, with `id` of the figure, `entry` the id of the entry, the newest reading."""

    id = serializers.IntegerField(source="key", read_only=True)
    entry = serializers.IntegerField(source="pk", read_only=True)
    value = serializers.FloatField(source="facets.value", read_only=True)
    unit = serializers.CharField(source="facets.unit", read_only=True)
    date = serializers.DateField(source="facets.date", read_only=True)
    state = serializers.CharField(source="facets.state", read_only=True)

    class Meta(EntrySerializer.Meta):
        fields = [*EntrySerializer.Meta.fields, "entry", "value", "unit", "date", "state"]


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    class Meta:
        model = Reading
        fields = ["date", "value", "target", "lower", "upper", "note", "missing_since"]


class KpiWithReadingsSerializer(KpiSerializer):
    readings = ReadingSerializer(many=True, read_only=True, help_text="Newest first, at most 400.")

    class Meta(KpiSerializer.Meta):
        fields = [*KpiSerializer.Meta.fields, "readings"]


@extend_schema(parameters=[OpenApiParameter("department", str)])
class KpiList(generics.ListAPIView):
    """The key figures the person may read; `department` narrows to a path and what is below it."""

    serializer_class = KpiSerializer
    pagination_class = CappedCursorPagination
    ordering = ("title", "pk")

    def get_queryset(self) -> QuerySet[Entry]:
        entries = kpis_for(self.request.user)
        if wanted := self.request.query_params.get("department"):
            entries = entries.in_department(get_object_or_404(Department, url_path=wanted.strip("/")))
        return entries


class KpiDetail(APIView):
    """One key figure with its readings."""

    @extend_schema(responses=KpiWithReadingsSerializer)
    def get(self, request: Request, pk: int) -> Response:
        kpi = Kpi.objects.filter(pk=pk).first()
        entry = readable_or_404(request.user, kpi)
        assert kpi is not None
        shown: dict[str, Any] = KpiSerializer(entry).data
        readings = kpi.readings.order_by("-date")[:MOST_READINGS]
        return Response({**shown, "readings": ReadingSerializer(readings, many=True).data})


urlpatterns = [
    path("", KpiList.as_view(), name="kpis"),
    path("<int:pk>/", KpiDetail.as_view(), name="kpi"),
]
