"""Interning: expressions become small integers, the same everywhere, kept in memory by every process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Max

from portal.audience import stamps
from portal.audience.expressions import Expression
from portal.audience.models import Audience

STAMP = "interned"


class AudienceStore:
    """What this process knows of the audiences: id -> expression, extended as new ones are committed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self._expressions: dict[int, Expression] = {}
        self._by_key: dict[str, int] = {}
        self._stamp = -1
        self.newest = 0

    def refresh(self) -> None:
        """Loads what was interned since; no query while the stamp stands."""
        if stamps.pending():
            return
        stamp = stamps.current(STAMP)
        if stamp == self._stamp:
            return
        with self._lock:
            for pk, key in Audience.objects.filter(pk__gt=self.newest).order_by("pk").values_list("pk", "key"):
                self._expressions[pk] = Expression.from_key(key)
                self._by_key[key] = pk
                self.newest = pk
            self._stamp = stamp

    def items_after(self, pk: int) -> list[tuple[int, Expression]]:
        return [
            (number, self._expressions[number])
            for number in range(pk + 1, self.newest + 1)
            if number in self._expressions
        ]

    def id_of(self, key: str) -> int | None:
        return self._by_key.get(key)

    def expression(self, pk: int) -> Expression:
        if pk not in self._expressions:
            return Audience.objects.get(pk=pk).expression
        return self._expressions[pk]


store = AudienceStore()


@transaction.atomic
def _create(keys: list[str]) -> dict[str, int]:
    """Gives ids under the stamp's lock, so that a process that knows id n knows every id below n."""
    stamps.bump(STAMP)
    digests = {Audience.digest_of(key): key for key in keys}
    found = {a.key: a.pk for a in Audience.objects.filter(digest__in=list(digests))}
    newest = Audience.objects.aggregate(newest=Max("pk"))["newest"] or 0
    rows = []
    for digest, key in digests.items():
        if key not in found:
            newest += 1
            found[key] = newest
            rows.append(Audience(id=newest, key=key, digest=digest))
    Audience.objects.bulk_create(rows)
    return found


def intern_many(expressions: Iterable[Expression]) -> Mapping[Expression, int]:
    """The ids of the expressions; at most one lookup, and one insert for those that are new."""
    wanted = {expression.key: expression for expression in expressions}
    store.refresh()
    known = {key: pk for key in wanted if (pk := store.id_of(key)) is not None}
    missing = [key for key in wanted if key not in known]
    if missing:
        digests = [Audience.digest_of(key) for key in missing]
        known.update(Audience.objects.filter(digest__in=digests).values_list("key", "pk"))
        missing = [key for key in missing if key not in known]
    if missing:
        known.update(_create(missing))
    return {wanted[key]: known[key] for key in wanted}


def intern(expression: Expression) -> int:
    """The id of one expression."""
    return intern_many([expression])[expression]


def expression_of(audience_id: int) -> Expression:
    store.refresh()
    return store.expression(audience_id)
