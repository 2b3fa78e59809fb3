"""Key figures, their readings and subscriptions as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from plugins.kpis.items import DIGITS
from plugins.kpis.models import Reading, Subscription
from portal.api.serializers import EntrySerializer, PersonBriefSerializer


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
