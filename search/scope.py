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


def scope(request: SearchRequest) -> EntryQuerySet:
    """All that facets count; each leaves its own choice aside."""
    entries = Entry.objects.visible_to(request.person)
    if request.department:
        entries = entries.filter(department__in=within(chosen_department(request)))
    return entries


def narrowed(request: SearchRequest, now: datetime) -> EntryQuerySet:
    """With everything that was chosen."""
    return scope(request).filter(reduce(and_, conditions(request, now).values(), Q()))
