"""`/api/v1/kpis/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugins.kpis.items import DIGITS
from plugins.kpis.models import Kpi, Reading, Subscription
from plugins.kpis.queries import STATES, in_state, kpi_or_404, kpis_for, subscribed_entries
from plugins.kpis.subscriptions import subscribe, unsubscribe
from portal.api.pagination import CappedCursorPagination
from portal.api.serializers import EntrySerializer, PersonBriefSerializer
from portal.catalogue.access import readable_or_404
from portal.catalogue.models import Entry
from portal.people.models import Department
from portal.social.throttles import WriteThrottle

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


class NoteSerializer(serializers.Serializer[Any]):
    """What somebody here added to a reading; `author` is null for somebody who has left."""

    text = serializers.CharField(read_only=True)
    author = PersonBriefSerializer(read_only=True)
    written_at = serializers.DateTimeField(read_only=True)


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    """`note` is the source's, `added_note` what somebody here added, or null."""

    added_note = serializers.SerializerMethodField()

    class Meta:
        model = Reading
        fields = ["date", "value", "target", "lower", "upper", "note", "added_note", "missing_since"]

    @extend_schema_field(NoteSerializer)
    def get_added_note(self, reading: Reading) -> dict[str, Any] | None:
        own = getattr(reading, "own_note", None)
        return dict(NoteSerializer(own).data) if own else None


class KpiWithReadingsSerializer(KpiSerializer):
    definition = serializers.CharField(read_only=True, help_text="What it measures; by the source, else written here.")
    direction = serializers.CharField(read_only=True)
    owner = PersonBriefSerializer(read_only=True)
    readings = ReadingSerializer(
        many=True, read_only=True, help_text="Newest first, at most 400; readings/ has them all."
    )

    class Meta(KpiSerializer.Meta):
        fields = [*KpiSerializer.Meta.fields, "definition", "direction", "owner", "readings"]


class SubscriptionSerializer(serializers.ModelSerializer[Subscription]):
    """When the person is told: of another `bands`, `above` or `below` a number; `kpi` is the id of the figure."""

    kpi = serializers.IntegerField(source="kpi_id", read_only=True)
    bands = serializers.BooleanField(default=True)
    above = serializers.DecimalField(max_digits=17, decimal_places=DIGITS, allow_null=True, default=None)
    below = serializers.DecimalField(max_digits=17, decimal_places=DIGITS, allow_null=True, default=None)

    class Meta:
        model = Subscription
        fields = ["kpi", "bands", "above", "below", "created_at"]
        read_only_fields = ["created_at"]


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
        if (state := asked.get("state")) and state not in STATES:
            raise serializers.ValidationError({"state": [f"Choose from: {', '.join(STATES)}."]})
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
