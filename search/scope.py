"""Which entries a search may find: what the person may see, within the chosen department."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import and_

from django.db.models import Q

from portal.catalogue.models import Entry
from portal.catalogue.querysets import EntryQuerySet
from search.facets import chosen_department, conditions, within
from search.query import SearchRequest
from search.terms import Query


def scope(query: Query, request: SearchRequest) -> EntryQuerySet:
    """All that facets count; each leaves its own choice aside."""
    entries = Entry.objects.visible_to(request.person)
    if query.without:
        entries = entries.exclude(pk__in=query.without)
    if request.department:
        entries = entries.filter(department__in=within(chosen_department(request)))
    return entries


def narrowed(query: Query, request: SearchRequest, now: datetime) -> EntryQuerySet:
    """With everything that was chosen."""
    return scope(query, request).filter(reduce(and_, conditions(request, now).values(), Q()))
