"""What is attached follows what it is attached to: audience, window, home, gate and liveness, level by level."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When

from portal.catalogue import outbox
from portal.catalogue.models import Entry
from portal.catalogue.signals import entries_changed
from portal.host import gate
from portal.host.models import Gate

_COPIED = ("audience_id", "department_id", "visible_from", "visible_until")


def follow(changed: Collection[int] | QuerySet[Entry]) -> None:
    """Brings everything below the changed entries up to date: a fixed number of statements per level."""
    level = Entry.objects.filter(subject__in=changed)
    while level.exists():
        subject = Entry.objects.filter(pk=OuterRef("subject_id"))
        level.update(
            version=F("version") + 1,
            chain_live=Case(When(Q(subject_id__in=_live_subjects(level)), then=Value(True)), default=Value(False)),
            **{column: Subquery(subject.values(column)[:1]) for column in _COPIED},
        )
        _follow_gates(level)
        outbox.send(level, narrowed=True)
        entries_changed.send(Entry, entry_ids=level.values("pk"))
        level = Entry.objects.filter(subject__in=level.values("pk"))


def _live_subjects(level: QuerySet[Entry]) -> QuerySet[Entry, Any]:
    return Entry.objects.filter(pk__in=level.values("subject_id"), state="live", chain_live=True).values("pk")


def _follow_gates(level: QuerySet[Entry]) -> None:
    """Own plugin at the new home, and the subject's gate: one statement for each combination there is."""
    combinations = list(level.order_by().values_list("plugin", "department_id", "subject__gate_id").distinct())
    gates = Gate.objects.in_bulk({gate_id for _plugin, _home, gate_id in combinations})
    keys = {}
    for plugin, home, gate_id in combinations:
        pairs = gate.pairs_of(gates[gate_id]) | ({(plugin, home)} if plugin else set())
        keys[plugin, home, gate_id] = gate.gate_key(pairs)
    ids = gate.intern_gates(keys.values())
    for (plugin, home, gate_id), key in keys.items():
        below = Entry.objects.filter(gate_id=gate_id).values("pk")
        level.filter(plugin=plugin, department_id=home, subject_id__in=below).exclude(gate_id=ids[key]).update(
            gate_id=ids[key]
        )
