"""Entries, people and departments as JSON: the shapes shared by every list."""

from __future__ import annotations

from rest_framework import serializers

from portal.catalogue.models import Entry
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


class EntrySerializer(serializers.ModelSerializer):
    """An entry in a list. `department` is the path of its home, `plugin` the slug or ""."""

    department = serializers.CharField(source="department.url_path", read_only=True)
    author = PersonBriefSerializer(read_only=True)
    topics = serializers.ListField(child=serializers.CharField(), source="topic_names", read_only=True)

    class Meta:
        model = Entry
        fields = [
            "id", "kind", "type", "title", "summary", "url", "image", "plugin", "department", "author", "topics",
            "language", "published_at", "updated_at", "facets",
        ]  # fmt: skip
