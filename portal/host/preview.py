"""What a change of rules will do, told before it is done: computed in memory, nothing is written."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count
from django.utils import timezone

from portal.host import snapshot
from portal.host.models import Rule
from portal.host.registry import registry
from portal.host.snapshot import RuleRow, Snapshot, Tree, Viewer
from portal.people.models import Department, Person

Key = tuple[str, int]  # plugin, department id
Rules = dict[Key, RuleRow]


@dataclass(frozen=True)
class Change:
    """What shall hold for a plugin in a department. `subtree` also clears the rules of departments below it.

    `state` is one of Rule.State; "inherit" takes the department's rule away.
    """

    plugin: str
    department: Department
    state: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    subtree: bool = False


@dataclass(frozen=True)
class Impact:
    """What changes together will do. `people_*` count active people, `items_*` live entries.

    `departments_*` count departments in which some plugin goes off or on; `jobs_parked` names schedules of plugins
    that are on nowhere any more, `sources_parked` sources whose plugin goes off at their home, `dependants_off`
    plugins that go off somewhere though no change names them. `at` is the moment the numbers are for, None is now.
    """

    items_hidden: int
    items_shown: int
    people_losing: int
    people_gaining: int
    departments_off: int
    departments_on: int
    jobs_parked: list[str]
    sources_parked: list[str]
    dependants_off: list[str]
    rules_cleared: int
    at: datetime | None = None
    basis: str = field(default="", repr=False)  # of the rules and departments it was computed from

    def facts(self) -> dict[str, Any]:
        """The numbers, as JSON."""
        found = asdict(self)
        del found["basis"]
        return found | {"at": self.at.isoformat() if self.at else None}

    @property
    def fingerprint(self) -> str:
        """The same as long as the numbers hold and nobody changed a rule or the tree."""
        told = json.dumps([self.facts(), self.basis], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True)
class Basis:
    """The rules and departments that changes are judged by, read at one moment."""

    rules: Rules
    tree: Tree
    retired: frozenset[str]

    @classmethod
    def read(cls) -> Basis:
        """Three queries."""
        rules = {(row.plugin, row.department_id): row for row in snapshot.read_rules()}
        return cls(rules, snapshot.read_tree(), snapshot.read_retired())

    @property
    def digest(self) -> str:
        told = repr((sorted(self.rules.items(), key=lambda item: item[0]), self.tree, sorted(self.retired)))
        return hashlib.sha256(told.encode()).hexdigest()

    def below(self, rules: Rules, change: Change) -> list[RuleRow]:
        """The rules of the change's plugin in departments below its own."""
        home = change.department.path
        inside = {pk for pk, path in self.tree if path.startswith(home) and path != home}
        return [rule for rule in rules.values() if rule.plugin == change.plugin and rule.department_id in inside]

    def after(self, changes: Sequence[Change]) -> tuple[Rules, int]:
        """The rules there would be, and how many of those below were cleared."""
        rules, cleared = dict(self.rules), 0
        for change in changes:
            if change.subtree:
                for rule in self.below(rules, change):
                    del rules[rule.plugin, rule.department_id]
                    cleared += 1
            key = (change.plugin, change.department.pk)
            rules.pop(key, None)
            if change.state != Rule.State.INHERIT:
                rules[key] = RuleRow(*key, str(change.state), change.starts_at, change.ends_at)
        return rules, cleared


def impact(changes: Sequence[Change], *, at: datetime | None = None) -> Impact:
    """What the changes will do, at `at` or as soon as all have begun. Seven queries, whatever the size."""
    return impact_on(Basis.read(), changes, at=at)


def impact_on(basis: Basis, changes: Sequence[Change], *, at: datetime | None = None) -> Impact:
    """Like `impact`, from rules and departments already read: four queries."""
    moment, told = _moment(changes, at)
    gates = snapshot.read_gates()
    rules, cleared = basis.after(changes)
    old = snapshot.resolve(list(basis.rules.values()), basis.tree, gates, moment, retired=basis.retired)
    new = snapshot.resolve(list(rules.values()), basis.tree, gates, moment, retired=basis.retired)
    hidden, shown = _items(old, new)
    losing, gaining = _people(old, new)
    named = {change.plugin for change in changes}
    gone, come = _switched(old, new), _switched(new, old)
    stopped = reduce(or_, gone.values(), 0)
    return Impact(
        items_hidden=hidden,
        items_shown=shown,
        people_losing=losing,
        people_gaining=gaining,
        departments_off=len(gone),
        departments_on=len(come),
        jobs_parked=_jobs(old, new),
        sources_parked=_sources(old, new),
        dependants_off=[slug for slug, bit in new.bits.items() if slug not in named and stopped & bit],
        rules_cleared=cleared,
        at=told,
        basis=basis.digest,
    )


def _moment(changes: Sequence[Change], at: datetime | None) -> tuple[datetime, datetime | None]:
    """The moment to compute for, and the one to tell (None: now)."""
    now = timezone.now()
    if at is None:
        at = max((change.starts_at for change in changes if change.starts_at), default=None)
    return (at, at) if at is not None and at > now else (now, None)


def _switched(before: Snapshot, after: Snapshot) -> dict[int, int]:
    """Department -> mask of what is on before and no longer after."""
    found = {pk: mask & ~after.on[pk] for pk, mask in before.on.items()}
    return {pk: mask for pk, mask in found.items() if mask}


def _items(old: Snapshot, new: Snapshot) -> tuple[int, int]:
    """How many live entries are hidden and shown at their homes."""
    from portal.catalogue.models import Entry

    hidden = shown = 0
    counts = Entry.objects.live().order_by().values_list("gate_id").annotate(number=Count("pk"))
    for gate_id, number in counts:
        pairs = new.gates.get(gate_id, ())
        before, after = old.open_at_home(pairs), new.open_at_home(pairs)
        hidden += number if before and not after else 0
        shown += number if after and not before else 0
    return hidden, shown


def _people(old: Snapshot, new: Snapshot) -> tuple[int, int]:
    """How many active people lose and gain some plugin. People who belong to the same departments are one case."""
    homes: dict[int, set[int]] = {}
    primary: dict[int, int] = {}
    rows = Person.objects.active().order_by()
    for person, department, is_primary in rows.values_list(
        "pk", "memberships__department_id", "memberships__is_primary"
    ):
        mine = homes.setdefault(person, set())
        if department is not None:
            mine.add(department)
            if is_primary:
                primary[person] = department
    losing = gaining = 0
    for viewer, number in Counter(Viewer(primary.get(pk), frozenset(mine)) for pk, mine in homes.items()).items():
        before, after = old.mask_for(viewer), new.mask_for(viewer)
        losing += number if before & ~after else 0
        gaining += number if after & ~before else 0
    return losing, gaining


def _jobs(old: Snapshot, new: Snapshot) -> list[str]:
    """Schedules of plugins that were on somewhere and will be on nowhere."""
    gone = old.anywhere & ~new.anywhere
    return [
        f"{plugin.slug}.{schedule.name}"
        for plugin in registry.active()
        if old.bits.get(plugin.slug, 0) & gone
        for schedule in plugin.contributions.schedules
    ]


def _sources(old: Snapshot, new: Snapshot) -> list[str]:
    """Sources, not paused, whose plugin goes off in their home department."""
    from portal.ingestion.models import Source

    found = Source.objects.filter(paused=False).order_by("name").values_list("name", "plugin", "department_id")
    return [
        name
        for name, slug, home in found
        if old.bits.get(slug, 0) & old.mask_in(home) and not new.bits.get(slug, 0) & new.mask_in(home)
    ]
