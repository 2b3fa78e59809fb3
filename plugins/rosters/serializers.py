"""Shifts and who is on duty, as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from plugins.rosters.duties import Duty
from plugins.rosters.models import Shift
from plugins.rosters.queries import Desk
from portal.api.serializers import DeliveredSerializer, PersonBriefSerializer


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
            "starts_at", "ends_at", "time_zone", "all_day", "open", "note", "link",
            "cancelled", *DeliveredSerializer.FRESHNESS,
        ]  # fmt: skip

    def get_kind(self, shift: Shift) -> str:
        return "automated"

    def get_type(self, shift: Shift) -> str:
        return "shift"

    def get_plugin(self, shift: Shift) -> str:
        return "rosters"


class DeskSerializer(serializers.Serializer[Desk]):
    """A department now: who works, what nobody works, and what begins next within a day."""

    department = serializers.CharField(source="department.url_path")
    name = serializers.CharField(source="department.name")
    working = serializers.SerializerMethodField()
    open = serializers.SerializerMethodField()
    following = serializers.SerializerMethodField()

    @extend_schema_field(ShiftSerializer(many=True))
    def get_working(self, desk: Desk) -> Any:
        return _shifts(desk.working)

    @extend_schema_field(ShiftSerializer(many=True))
    def get_open(self, desk: Desk) -> Any:
        return _shifts(desk.short)

    @extend_schema_field(ShiftSerializer(many=True))
    def get_following(self, desk: Desk) -> Any:
        return _shifts(desk.following)


def _shifts(duties: list[Duty]) -> Any:
    return ShiftSerializer([duty.shift for duty in duties], many=True).data
