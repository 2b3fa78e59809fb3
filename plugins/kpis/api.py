"""`/api/v1/kpis/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugins.kpis.models import Kpi, Reading, Subscription
from plugins.kpis.queries import STATES, in_state, kpi_or_404, kpis_for, subscribed_entries
from plugins.kpis.serializers import (
    KpiSerializer,
    KpiWithReadingsSerializer,
    ReadingSerializer,
    SubscriptionSerializer,
)
from plugins.kpis.subscriptions import subscribe, unsubscribe
from portal.api.pagination import CappedCursorPagination
from portal.api.parameters import chosen
from portal.api.serializers import PersonBriefSerializer
from portal.catalogue.access import readable_or_404
from portal.catalogue.models import Entry
from portal.people.models import Department
from portal.social.throttles import WriteThrottle

MOST_READINGS = 400


@extend_schema(parameters=[OpenApiParameter("department", str), OpenApiParameter("state", str, enum=STATES)])
class KpiList(generics.ListAPIView):
    """The key figures the person may read.

    `department` narrows to a path and what is below it, `state` to those that stand so (stale: late or gone).
    """

    serializer_class = KpiSerializer
    pagination_class = CappedCursorPagination
    ordering = ("title", "pk")

    def get_queryset(self) -> QuerySet[Entry]:
        entries, asked = kpis_for(self.request.user), self.request.query_params
        if wanted := asked.get("department"):
            entries = entries.in_department(get_object_or_404(Department, url_path=wanted.strip("/")))
        state = chosen(asked, "state", STATES)
        return in_state(entries, state) if state else entries


class KpiDetail(APIView):
    """One key figure with its newest readings."""

    @extend_schema(responses=KpiWithReadingsSerializer)
    def get(self, request: Request, pk: int) -> Response:
        kpi = kpi_or_404(pk)
        entry = readable_or_404(request.user, kpi)
        written = kpi.definitions.newest().first()
        shown: dict[str, Any] = KpiSerializer(entry).data
        shown |= {
            "definition": kpi.definition or (written.text if written else ""),
            "direction": kpi.direction,
            "owner": PersonBriefSerializer(kpi.owner).data if kpi.owner else None,
            "readings": ReadingSerializer(_readings(kpi)[:MOST_READINGS], many=True).data,
        }
        return Response(shown)


def _readings(kpi: Kpi) -> QuerySet[Reading]:
    return kpi.readings.select_related("own_note__author").order_by("-date")


class Readings(generics.ListAPIView):
    """All readings of a figure, newest first."""

    serializer_class = ReadingSerializer
    pagination_class = CappedCursorPagination
    ordering = ("-date",)

    def get_queryset(self) -> QuerySet[Reading]:
        kpi = kpi_or_404(self.kwargs["pk"])
        readable_or_404(self.request.user, kpi)
        return _readings(kpi)


class KpiSubscription(APIView):
    """When the person is told that the figure crosses: read, set (PUT) or ended (DELETE)."""

    throttle_classes = [WriteThrottle]

    @extend_schema(responses=SubscriptionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        kpi = kpi_or_404(pk)
        readable_or_404(request.user, kpi)
        return Response(SubscriptionSerializer(get_object_or_404(Subscription, kpi=kpi, person=request.user)).data)

    @extend_schema(request=SubscriptionSerializer, responses=SubscriptionSerializer)
    def put(self, request: Request, pk: int) -> Response:
        kpi = kpi_or_404(pk)
        readable_or_404(request.user, kpi)
        wanted = SubscriptionSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        held = subscribe(kpi, acting_person=request.user, **wanted.validated_data)
        return Response(SubscriptionSerializer(held).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        unsubscribe(kpi_or_404(pk), acting_person=request.user)
        return Response(status=204)


class Subscriptions(generics.ListAPIView):
    """The person's own subscriptions, of figures they may see now, newest first."""

    serializer_class = SubscriptionSerializer
    pagination_class = CappedCursorPagination
    ordering = ("-created_at", "-pk")

    def get_queryset(self) -> QuerySet[Subscription]:
        return Subscription.objects.filter(pk__in=[one.pk for one, _entry in subscribed_entries(self.request.user)])


urlpatterns = [
    path("", KpiList.as_view(), name="kpis"),
    path("subscriptions/", Subscriptions.as_view(), name="subscriptions"),
    path("<int:pk>/", KpiDetail.as_view(), name="kpi"),
    path("<int:pk>/readings/", Readings.as_view(), name="readings"),
    path("<int:pk>/subscription/", KpiSubscription.as_view(), name="subscription"),
]
