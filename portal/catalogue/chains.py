"""What is attached follows what it is attached to: audience, window, home, gate and liveness, level by level.

What has a targeting of its own (a document in a private collection) is for those of its subject's audience whom that
lets in: attaching narrows, it never widens.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import F, QuerySet

from portal.audience.expressions import EVERYONE, Expression, both
from portal.audience.interning import expression_of, intern, intern_many
from portal.catalogue import outbox
from portal.catalogue.models import Entry
from portal.catalogue.signals import entries_changed
from portal.host import gate
from portal.host.models import Gate


def follow(changed: Collection[int] | QuerySet[Entry]) -> None:
    """Brings everything below the changed entries up to date: a fixed number of statements per level."""
    level = Entry.objects.filter(subject__in=changed)
    while level.exists():
        _copy_from_subjects(level)
        _narrow(level)
        _follow_gates(level)
        outbox.send(level, narrowed=True)
        entries_changed.send(Entry, entry_ids=level.values("pk"))
        level = Entry.objects.filter(subject__in=level.values("pk"))


def _copy_from_subjects(level: QuerySet[Entry]) -> None:
    """One join instead of a subquery for each column: 50,000 comments follow in a second or two."""
    sql, params = level.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogue_entry AS e SET version = e.version + 1, audience_id = s.audience_id, "  # noqa: S608
            "department_id = s.department_id, visible_from = s.visible_from, visible_until = s.visible_until, "
            "chain_live = (s.state = 'live' AND s.chain_live) "
            f"FROM catalogue_entry AS s WHERE s.id = e.subject_id AND e.id IN ({sql})",
            params,
        )


def narrowed(subject_audience: int, own: Expression) -> Expression:
    """Whom something attached is for: (the id of) its subject's audience AND its own targeting."""
    return both(expression_of(subject_audience), own)


def _narrow(level: QuerySet[Entry]) -> None:
    """After the subjects' audiences were copied; one statement for each combination, of which there are few."""
    targeted = level.exclude(own_audience=intern(EVERYONE)).order_by()
    for own, audience in list(targeted.values_list("own_audience_id", "audience_id").distinct()):
        expression = narrowed(audience, expression_of(own))
        level.filter(own_audience=own, audience=audience).update(audience=intern(expression))


@transaction.atomic
def target(entries: QuerySet[Entry], own: Expression) -> None:
    """Gives attached entries a targeting of their own, and what is attached to them with it."""
    changed = list(entries.exclude(own_audience=intern(own)).values_list("pk", "subject__audience_id"))
    if not changed:
        return
    audiences = {audience: narrowed(audience, own) for _pk, audience in changed}
    ids = intern_many([own, *audiences.values()])
    for audience, expression in audiences.items():
        Entry.objects.filter(pk__in=[pk for pk, above in changed if above == audience]).update(
            own_audience_id=ids[own], audience_id=ids[expression], version=F("version") + 1
        )
    moved = [pk for pk, _audience in changed]
    outbox.send(moved, narrowed=True)
    follow(moved)
    entries_changed.send(Entry, entry_ids=moved)


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
