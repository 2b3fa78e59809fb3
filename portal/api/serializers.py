"""Entries, people and departments as JSON: the shapes shared by every list."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from portal.catalogue.models import Entry
from portal.ingestion.freshness import Freshness, freshness
from portal.people.models import Department, Person


class PersonBriefSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="display_name", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Person
        fields = ["id", "username", "name", "job_title", "url"]


class PersonSerializer(PersonBriefSerializer):
    department = serializers.SerializerMethodField()

    class Meta(PersonBriefSerializer.Meta):
        fields = [*PersonBriefSerializer.Meta.fields, "phone", "place", "languages", "department"]

    def get_department(self, person: Person) -> str | None:
        """The primary department's path; memberships are prefetched."""
        return next((m.department.url_path for m in person.memberships.all() if m.is_primary), None)


class DepartmentSerializer(serializers.ModelSerializer):
    path = serializers.CharField(source="url_path", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Department
        fields = ["id", "name", "path", "url", "hue"]


class DeliveredSerializer(serializers.ModelSerializer):
    """What is said of everything a source delivered, the same everywhere; null for what none did.

    `source`: its name for readers. `read_at`: as of when its data is. `stale`: it is overdue, what is shown is the last
    good value. `missing_since`: the source no longer has the item. Subclasses say where that comes from.
    """

    FRESHNESS: ClassVar[list[str]] = ["source", "read_at", "stale", "missing_since"]

    source = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field's own "source" is another thing
    read_at = serializers.SerializerMethodField()
    stale = serializers.SerializerMethodField()
    missing_since = serializers.SerializerMethodField()

    def freshness(self, obj: Any) -> Freshness | None:
        """Of a row with its source and `missing_since`; no query if the source was selected with it."""
        return replace(freshness(obj.source), missing_since=obj.missing_since)

    def to_representation(self, instance: Any) -> Any:
        self._found = self.freshness(instance)
        return super().to_representation(instance)

    def get_source(self, obj: Any) -> str | None:
        return self._found.source if self._found else None

    def get_read_at(self, obj: Any) -> datetime | None:
        return _local(self._found.read_at) if self._found else None

    def get_stale(self, obj: Any) -> bool | None:
        return self._found.stale if self._found else None

    def get_missing_since(self, obj: Any) -> datetime | None:
        return _local(self._found.missing_since) if self._found else None


def _local(moment: datetime | None) -> datetime | None:
    """With the offset of the present time zone, as all other times of the API."""
    return timezone.localtime(moment) if moment else None


class EntrySerializer(DeliveredSerializer):
    """An entry in a list. `department` is the path of its home, `plugin` the slug or ""."""

    department = serializers.CharField(source="department.url_path", read_only=True)
    author = PersonBriefSerializer(read_only=True)
    topics = serializers.ListField(child=serializers.CharField(), source="topic_names", read_only=True)

    def freshness(self, entry: Entry) -> Freshness | None:
        return entry.freshness

    class Meta:
        model = Entry
        fields = [
            "id", "kind", "type", "title", "summary", "url", "image", "plugin", "department", "author", "topics",
            "language", "published_at", "updated_at", "facets", *DeliveredSerializer.FRESHNESS,
        ]  # fmt: skip
