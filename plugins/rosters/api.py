"""`/api/v1/rosters/shifts/`."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import dateparse, timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers

from plugins.rosters.models import Shift
from portal.api.pagination import CappedCursorPagination
from portal.api.serializers import DeliveredSerializer, PersonBriefSerializer
from portal.people.models import Department


class ShiftSerializer(DeliveredSerializer):
    """`shift` is day, late, night or other; times carry the offset of where the work is."""

    kind = serializers.SerializerMethodField()
    type = serializers.SerializerMethodField()
    plugin = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    department = serializers.CharField(source="department.url_path", read_only=True)
    person = PersonBriefSerializer(read_only=True)
    name = serializers.CharField(source="who", read_only=True)
    shift = serializers.CharField(source="kind", read_only=True)
    starts_at = serializers.DateTimeField(source="starts", read_only=True, default_timezone=None)
    ends_at = serializers.DateTimeField(source="ends", read_only=True, default_timezone=None)
    open = serializers.BooleanField(source="is_open", read_only=True)

    class Meta:
        model = Shift
        fields = [
            "id", "kind", "type", "title", "url", "plugin", "department", "person", "name", "shift",
            "starts_at", "ends_at", "time_zone", "all_day", "open", "note", "cancelled",
            *DeliveredSerializer.FRESHNESS,
        ]  # fmt: skip

    def get_kind(self, shift: Shift) -> str:
        return "automated"

    def get_type(self, shift: Shift) -> str:
        return "shift"

    def get_plugin(self, shift: Shift) -> str:
        return "rosters"


@extend_schema(
    parameters=[
        OpenApiParameter("from", date, description="The first day; by default today."),
        OpenApiParameter("to", date, description="The last day."),
        OpenApiParameter("department", str, description="Its path."),
        OpenApiParameter("mine", bool, description="Only shifts of the person who asks."),
    ]
)
class ShiftList(generics.ListAPIView):
    """Shifts the person may read, in order of time."""

    serializer_class = ShiftSerializer
    pagination_class = CappedCursorPagination
    ordering = ("starts_at", "pk")

    def get_queryset(self) -> QuerySet[Shift]:
        given = self.request.query_params
        shifts = Shift.objects.visible_to(self.request.user).select_related("person", "department", "source")
        shifts = shifts.filter(ends_at__gt=self._moment("from", time.min) or _today())
        if last := self._moment("to", time.max):
            shifts = shifts.filter(starts_at__lte=last)
        if wanted := given.get("department"):
            shifts = shifts.filter(department=get_object_or_404(Department, url_path=wanted.strip("/")))
        if given.get("mine") in ("1", "true"):
            shifts = shifts.filter(person=self.request.user)
        return shifts

    def _moment(self, name: str, clock: time) -> datetime | None:
        text: Any = self.request.query_params.get(name)
        if not text:
            return None
        try:
            day = dateparse.parse_date(text)
        except ValueError:
            day = None
        if day is None or not 1900 <= day.year <= 9000:
            raise serializers.ValidationError({name: ["Write a day as 2026-11-24."]})
        return timezone.make_aware(datetime.combine(day, clock))


def _today() -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(), time.min))


urlpatterns = [path("shifts/", ShiftList.as_view(), name="shifts")]
