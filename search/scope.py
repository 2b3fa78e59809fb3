"""Which entries a search may find: what the person may see, within the filters."""

from __future__ import annotations

from django.db.models import Q

from portal.catalogue.models import Entry
from portal.catalogue.querysets import EntryQuerySet
from search.query import SearchRequest


def in_department(path: str, prefix: str = "") -> Q:
    """At home in the department with this path, or below it."""
    path = path.strip("/")
    return Q(**{f"{prefix}url_path": path}) | Q(**{f"{prefix}url_path__startswith": f"{path}/"})


def scope(request: SearchRequest) -> EntryQuerySet:
    """All filters but kind and type, which the facets count."""
    entries = Entry.objects.visible_to(request.person)
    if request.plugin:
        entries = entries.filter(plugin=request.plugin)
    if request.author_id is not None:
        entries = entries.filter(author_id=request.author_id)
    if request.department:
        entries = entries.filter(in_department(request.department, "department__"))
    if request.topic:
        entries = entries.about(request.topic)
    return entries


def chosen(entries: EntryQuerySet, request: SearchRequest) -> EntryQuerySet:
    """Narrowed to the chosen kind and types."""
    if request.kind:
        entries = entries.filter(kind=request.kind)
    if request.types:
        entries = entries.filter(type__in=request.types)
    return entries
