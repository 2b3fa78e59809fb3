"""What makes an entry weigh more or less than its words do, told once for both engines and for whoever asks why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import mul
from typing import Any

from django.db.models import Case, FloatField, Q, Value, When
from django.db.models.expressions import Combinable

from portal.audience.access import access_of
from portal.catalogue.models import Entry
from portal.languages import interface_language
from portal.people.cards import TYPE as PERSON
from portal.people.following import followed_ids
from portal.people.tree import current
from search.query import SearchRequest
from search.ranking import numbers

_NEAR = 50  # departments
_FOLLOWED = 100  # people, the newest


@dataclass(frozen=True)
class Weight:
    """A factor of search.ranking with its value, and when it holds: for the database and for Elasticsearch."""

    name: str
    value: float
    condition: Q
    clause: Mapping[str, Any]


def millis(moment: datetime) -> int:
    """As dates may be written in a request to Elasticsearch, and shortest."""
    return int(moment.timestamp() * 1000)


def weights(request: SearchRequest, now: datetime) -> list[Weight]:
    """The factors that can hold for a result of this search. The score is multiplied by all that do."""
    known = numbers()
    language = interface_language()
    on, kept = {"term": {"attached": True}}, {"term": {"kind": "managed"}}
    found: list[tuple[str, Q, Mapping[str, Any]]] = [
        ("attached", Q(subject__isnull=False) & ~Q(kind="managed"), {"bool": {"filter": [on], "must_not": [kept]}}),
        ("filed", Q(subject__isnull=False, kind="managed"), {"bool": {"filter": [on, kept]}}),
        ("own_language", Q(language__in=[language, ""]), {"terms": {"language": [language, ""]}}),
        ("verified", Q(stale_from__gt=now), {"range": {"stale_from": {"gt": millis(now)}}}),
        ("stale", Q(stale_from__lte=now), {"range": {"stale_from": {"lte": millis(now)}}}),
    ]
    if request.kind in ("", "managed"):
        found.append(("managed", Q(kind="managed"), {"term": {"kind": "managed"}}))
    if near := _near(request):
        found.append(("own_department", Q(department__in=near), {"terms": {"department": near}}))
    if followed := followed_ids(request.person)[:_FOLLOWED]:
        found.append(("followed", Q(author__in=followed), {"terms": {"author": followed}}))
    for kind in [request.kind] if request.kind else Entry.Kind.values:
        found += _by_age(kind, known, now)
    return [Weight(name, known[name], rule, clause) for name, rule, clause in found if known[name] != 1]


def _near(request: SearchRequest) -> list[int]:
    """The ids of the reader's departments and of those below them, but for the organisation itself.

    Of departments with very many below them only their own, so that a request stays small.
    """
    tree = current()
    own = [tree.departments[pk] for pk in access_of(request.person).departments if pk in tree.departments]
    paths = tuple(one.path for one in own if one != tree.organisation)
    found = sorted(pk for pk, one in tree.departments.items() if paths and one.path.startswith(paths))
    return found if len(found) <= _NEAR else sorted(one.pk for one in own if one != tree.organisation)[:_NEAR]


def _by_age(kind: str, known: Mapping[str, float], now: datetime) -> list[tuple[str, Q, dict[str, Any]]]:
    """People are neither fresh nor old."""
    fresh, old = (now - timedelta(days=known[f"{age}_{kind}_days"]) for age in ("fresh", "old"))
    of_kind: list[dict[str, Any]] = [{"term": {"kind": kind}}]
    rule = Q(kind=kind)
    without: dict[str, Any] = {}
    if kind == PERSON.kind:
        rule &= ~Q(type=PERSON.slug)
        without = {"must_not": {"term": {"type": PERSON.slug}}}

    def clause(compared: str, moment: datetime) -> dict[str, Any]:
        published = {"range": {"published_at": {compared: millis(moment)}}}
        return {"bool": {"filter": [*of_kind, published], **without}}

    return [
        (f"fresh_{kind}", rule & Q(published_at__gt=fresh), clause("gt", fresh)),
        (f"old_{kind}", rule & Q(published_at__lte=old), clause("lte", old)),
    ]


def product(found: list[Weight]) -> Combinable:
    """All that hold for a row, multiplied, as an expression of the database."""
    one = Value(1.0, output_field=FloatField())
    cases = [Case(When(w.condition, then=Value(w.value)), default=one, output_field=FloatField()) for w in found]
    return reduce(mul, cases, one)


def holding(request: SearchRequest, now: datetime, ids: list[int]) -> dict[int, list[Weight]]:
    """Entry id -> the weights that hold for it; one query."""
    found = weights(request, now)
    flags = {f"weight_{n}": Case(When(w.condition, then=True), default=False) for n, w in enumerate(found)}
    rows = Entry.objects.filter(pk__in=ids).annotate(**flags).values_list("pk", *flags)
    return {pk: [weight for weight, holds in zip(found, held, strict=True) if holds] for pk, *held in rows}
