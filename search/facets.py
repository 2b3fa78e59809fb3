"""What results are counted and narrowed by. Each count obeys every filter but its own.

Departments are the exception: what is chosen holds for all counts, and its own departments are counted, each with what
is below it, so that one walks down the tree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Exists, OuterRef, Q

from portal.catalogue.models import EntryTopic
from portal.people import tree
from portal.people.models import Department
from search.query import TIMES, SearchRequest

_VALUES = 30  # counted of a facet
_DEPARTMENTS = 5_000  # all there are: what is below a department is added up

Counts = Mapping[str, Mapping[str, int]]  # facet -> value, as the filter of that name takes it -> matches


def since(time: str, now: datetime) -> datetime:
    """The moment at which one of TIMES begins."""
    return now - timedelta(days=TIMES[time])


def largest(facet: str) -> int:
    """How many values of a facet are counted: those of the most matches."""
    return _DEPARTMENTS if facet == "department" else _VALUES


def conditions(request: SearchRequest, now: datetime) -> dict[str, Q]:
    """What each chosen facet asks of an entry, for the database."""
    found = {}
    if request.kind:
        found["kind"] = Q(kind=request.kind)
    if request.types:
        found["type"] = Q(type__in=request.types)
    if request.plugin:
        found["plugin"] = Q(plugin=request.plugin)
    if request.author_id is not None:
        found["author"] = Q(author_id=request.author_id)
    if request.topic:
        about = EntryTopic.objects.filter(entry=OuterRef("pk"), topic__slug=request.topic)
        found["topic"] = Q(Exists(about))
    if request.language:
        found["language"] = Q(language=request.language)
    if request.time:
        found["time"] = Q(published_at__gte=since(request.time, now))
    return found


def chosen_department(request: SearchRequest) -> Department | None:
    """The department that was chosen, the organisation if none was; None if there is none of that path."""
    known = tree.current()
    if not request.department:
        return known.organisation
    return known.at(request.department)


def within(department: Department | None) -> list[int]:
    """The ids of the department and of all below it."""
    if department is None:
        return []
    return [pk for pk, one in tree.current().departments.items() if one.path.startswith(department.path)]


def by_department(request: SearchRequest, found: Mapping[int, int]) -> dict[str, int]:
    """Path -> matches, of the departments directly below the chosen one, from matches by their very home."""
    here, known = chosen_department(request), tree.current()
    counts: Counter[str] = Counter()
    if here is None:
        return counts
    for pk, number in found.items():
        for below, above in pairwise(known.above(pk)):
            if above.pk == here.pk:
                counts[below.url_path] += number
    return dict(counts.most_common())
