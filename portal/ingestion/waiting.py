"""What was delivered for somebody or something that was not here yet: matched when it comes.

A row of a plugin keeps the name its source gives (`Adapter.waiting`); an item that was refused for it keeps it with its
rejection. However people and departments come (by hand, SCIM, log-in, import), the worker finds it here.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Value

from portal.host import gate
from portal.ingestion import adapters
from portal.ingestion.adapter import Waiting
from portal.ingestion.fixing import retry_rejected
from portal.ingestion.lease import SourceLease, lease_on
from portal.ingestion.models import RejectedItem, Source
from portal.people.lookup import by_address_or_login, departments_below, of_departments, of_people
from portal.people.models import Person

logger = logging.getLogger(__name__)

BATCH = 500
PEOPLE, DEPARTMENTS = "people", "departments"


def match_waiting() -> int:
    """Gives what waits for a name to whoever has it now, and tries again what was refused for one; how much.

    For the sweep: one query while nobody has come whom something waits for. What is being read, and what belongs to a
    plugin that is off, waits on.
    """
    kinds = _kinds()
    done = 0
    for where, names in _come(kinds).items():
        if where in kinds:
            done += _match(kinds[where], where.partition(" ")[0], names)
        else:
            done += _try_again(where, names)
    return done


def _kinds() -> dict[str, Waiting]:
    """By plugin and model; adapters of one kind have it in common."""
    found = adapters.every().values()
    return {f"{plugin} {one.waiting.model._meta.label}": one.waiting for one, plugin in found if one.waiting}


def _come(kinds: Mapping[str, Waiting]) -> dict[str, set[str]]:
    """The names that something waits for and that somebody has now, by where it waits. One query."""
    refused = RejectedItem.objects.filter(state=RejectedItem.State.OPEN).order_by()
    asked = [
        _names(of_people(refused, "awaits_person"), PEOPLE, "awaits_person"),
        _names(of_departments(refused, "awaits_department"), DEPARTMENTS, "awaits_department"),
    ]
    for where, kind in kinds.items():
        rows = kind.model._default_manager.order_by()
        asked.append(_names(of_people(rows, kind.name), where, kind.name))
    found: dict[str, set[str]] = defaultdict(set)
    for where, name in asked[0].union(*asked[1:]):
        found[where].add(name)
    return found


def _names(rows: QuerySet[Any], where: str, field: str) -> QuerySet[Any, Any]:
    return rows.values_list(Value(where), field).distinct()


def _match(kind: Waiting, plugin: str, names: Collection[str]) -> int:
    """What rows of a kind wait for these names, source by source; one that fails costs only itself."""
    people = by_address_or_login(names)
    if not people:
        return 0  # a name that two have is nobody's, and waits on
    waiting = kind.model._default_manager.filter(**{f"{kind.name}__in": people}).order_by()
    count = 0
    for source in Source.objects.filter(pk__in=waiting.values("source")).select_related("department"):
        if not gate.is_on_in(plugin, source.department):
            continue
        try:
            with lease_on(source) as lease:
                while lease and (some := _match_some(kind, source, people, lease)):
                    count += some
        except Exception:  # whatever a plugin raises
            logger.exception("source %r", source.slug)
    return count


@transaction.atomic
def _match_some(kind: Waiting, source: Source, people: Mapping[str, Person], lease: SourceLease) -> int:
    lease.renew()
    waiting = kind.model._default_manager.filter(source=source, **{f"{kind.name}__in": people})
    rows: Sequence[Any] = list(waiting.order_by("pk")[:BATCH])
    for row in rows:
        setattr(row, kind.person, people[getattr(row, kind.name)])
        setattr(row, kind.name, "")
    if rows:
        kind.model._default_manager.bulk_update(rows, [kind.person, kind.name])
        kind.matched(source, rows)
    return len(rows)


def _try_again(what: str, names: Collection[str]) -> int:
    """What was refused for these names is read again, once: if it is refused again, that is for somebody to look at."""
    field = "awaits_person" if what == PEOPLE else "awaits_department"
    refused = RejectedItem.objects.filter(Q((f"{field}__in", names)), state=RejectedItem.State.OPEN)
    people = by_address_or_login(names) if what == PEOPLE else {}
    count = 0
    for source in Source.objects.filter(pk__in=refused.order_by().values("source")).select_related("department"):
        known: Collection[str] = people if what == PEOPLE else departments_below(source.department)
        count += _read_again(source, refused.filter(Q((f"{field}__in", known)), source=source))
    return count


@transaction.atomic
def _read_again(source: Source, items: QuerySet[RejectedItem]) -> int:
    ids = list(items.values_list("pk", flat=True))
    if not ids:
        return 0
    these = RejectedItem.objects.filter(pk__in=ids)
    retry_rejected(these, source=source, acting_person=None)
    return these.update(awaits_person="", awaits_department="")
