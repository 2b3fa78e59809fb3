"""`/api/v1/rosters/`: shifts, who is on duty, and the address of one's own calendar."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import dateparse, timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugins.rosters.feed_api import FeedView
from plugins.rosters.models import Shift
from plugins.rosters.private import in_full
from plugins.rosters.queries import desks_of, on_duty_shifts
from plugins.rosters.serializers import DeskSerializer, ShiftSerializer
from portal.api.pagination import CappedCursorPagination
from portal.people.models import Department


@extend_schema(
    parameters=[
        OpenApiParameter("from", date, description="The first day; by default today."),
        OpenApiParameter("to", date, description="The last day."),
        OpenApiParameter("department", str, description="Its path."),
        OpenApiParameter("mine", bool, description="Only shifts of the person who asks."),
        OpenApiParameter("open", bool, description="Only shifts that nobody works yet."),
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
        if given.get("open") in ("1", "true"):
            shifts = shifts.standing().open()
        return shifts

    def paginate_queryset(self, queryset: QuerySet[Shift]) -> Any:
        return in_full(super().paginate_queryset(queryset) or (), self.request.user)

    def _moment(self, name: str, clock: time) -> datetime | None:
        text: Any = self.request.query_params.get(name)
        if not text:
            return None
        try:
            day = dateparse.parse_date(text)
        except ValueError:
            day = None
        if day is None or not 1900 <= day.year <= 9000:
            raise serializers.ValidationError({name: [_("Write a day as 2026-11-24.")]})
        return timezone.make_aware(datetime.combine(day, clock))


def _today() -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(), time.min))


class OnDuty(APIView):
    """By department, as far as the person may see; `department` (its path) narrows it to one."""

    @extend_schema(
        parameters=[OpenApiParameter("department", str, description="Its path.")], responses=DeskSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        now, seen = timezone.now(), Shift.objects.visible_to(request.user).select_related("source")
        if wanted := request.query_params.get("department"):
            seen = seen.filter(department=get_object_or_404(Department, url_path=wanted.strip("/")))
        desks = desks_of(on_duty_shifts(seen, now), now)
        return Response(DeskSerializer(desks, many=True).data)


urlpatterns = [
    path("shifts/", ShiftList.as_view(), name="shifts"),
    path("on-duty/", OnDuty.as_view(), name="on_duty"),
    path("feed/", FeedView.as_view(), name="feed"),
]
