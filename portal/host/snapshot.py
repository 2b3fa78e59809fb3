"""The snapshot: which plugin is on where, as one immutable object of bit masks per process and stamp."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

from django.utils import timezone

from portal.audience import stamps
from portal.host.models import Archive, Gate, Rule
from portal.host.registry import registry
from portal.people.models import Department

STEP = Department.steplen
STAMPS = ("rules", "departments", "gates")
GATES = STAMPS.index("gates")
FORCES = frozenset({str(Rule.State.FORCED_ON), str(Rule.State.FORCED_OFF)})
SWITCHED_ON = frozenset({str(Rule.State.FORCED_ON), str(Rule.State.ON)})

Tree = Sequence[tuple[int, str]]


class RuleRow(NamedTuple):
    """What of a rule decides; `starts_at` counts as inside, `ends_at` as outside."""

    plugin: str
    department_id: int
    state: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def holds(rule: RuleRow | Rule, now: datetime) -> bool:
    """Whether the rule has begun and has not ended."""
    return (rule.starts_at is None or rule.starts_at <= now) and (rule.ends_at is None or rule.ends_at > now)


class Gates(NamedTuple):
    """All gates this process knows: their pairs by id, their ids by key."""

    pairs: Mapping[int, tuple[tuple[str, int], ...]]
    ids: Mapping[str, int]
    newest: int


class Viewer(NamedTuple):
    """What of a person matters to the gate."""

    primary: int | None
    departments: frozenset[int]


class Closed(NamedTuple):
    """Gates closed for a viewer: those in `ids`, and every gate above `upto` (interned after the snapshot)."""

    ids: frozenset[int]
    upto: int

    def __contains__(self, gate_id: object) -> bool:
        return gate_id in self.ids or (isinstance(gate_id, int) and gate_id > self.upto)


@dataclass(frozen=True)
class Snapshot:
    """`on` and `forced` are bit masks per department id; `bits` gives each active plugin its bit."""

    stamp: tuple[int, ...]
    valid_until: datetime | None
    bits: Mapping[str, int]
    on: Mapping[int, int]
    forced: Mapping[int, int]
    root: int | None
    gates: Mapping[int, tuple[tuple[str, int], ...]]
    gate_ids: Mapping[str, int]
    newest_gate: int
    until: float = math.inf  # `valid_until` in seconds since 1970: dates take too long for every check
    _closed: dict[Viewer, Closed] = field(default_factory=dict, compare=False)
    _viewer_masks: dict[Viewer, int] = field(default_factory=dict, compare=False)

    @cached_property
    def anywhere(self) -> int:
        """Plugins on in any department."""
        return reduce(or_, self.on.values(), 0)

    def mask_in(self, department: int | None) -> int:
        """Plugins on in a home department; content without a department is the root's."""
        return self.on.get(department or self.root or 0, 0)

    def mask_for(self, viewer: Viewer) -> int:
        """Plugins on for a viewer: in any of their departments, but a lock in the primary one wins."""
        mask = self._viewer_masks.get(viewer)
        if mask is None:
            homes: Iterable[int | None] = viewer.departments or (self.root,)
            mask = 0
            for department in homes:
                mask |= self.mask_in(department)
            if viewer.primary is not None:
                forced = self.forced.get(viewer.primary, 0)
                mask = (mask & ~forced) | (self.mask_in(viewer.primary) & forced)
            self._viewer_masks[viewer] = mask
        return mask

    def closed_for(self, viewer: Viewer) -> Closed:
        closed = self._closed.get(viewer)
        if closed is None:
            mine = self.mask_for(viewer)
            ids = frozenset(pk for pk, pairs in self.gates.items() if not self._open(pairs, mine))
            closed = self._closed[viewer] = Closed(ids, self.newest_gate)
        return closed

    def open_at_home(self, pairs: tuple[tuple[str, int], ...]) -> bool:
        """Whether every plugin of a gate is on in its home department, whoever looks."""
        return all(self.bits.get(slug, 0) & self.mask_in(department) for slug, department in pairs)

    def _open(self, pairs: tuple[tuple[str, int], ...], mine: int) -> bool:
        return all((self.bits.get(slug, 0) & mine & self.mask_in(department)) for slug, department in pairs)


def parse_key(key: str) -> tuple[tuple[str, int], ...]:
    """The (plugin, home department) pairs of a gate's key."""
    pairs = (pair.rsplit("@", 1) for pair in key.split(",") if pair)
    return tuple((slug, int(department)) for slug, department in pairs)


def _boundary(rules: Iterable[RuleRow], now: datetime) -> datetime | None:
    """When the next timed rule begins or ends: the snapshot is not valid beyond that."""
    moments = [m for rule in rules for m in (rule.starts_at, rule.ends_at) if m is not None and m > now]
    return min(moments, default=None)


class _Resolver:
    """Walks the tree from the root: the force nearest the root wins, then the nearest rule, then the default.

    All plugins at once, by arithmetic on masks; a department without a rule costs nothing but a look.
    """

    def __init__(self, rules: Iterable[RuleRow], now: datetime, retired: Collection[str]) -> None:
        plugins = [plugin for plugin in registry.active() if plugin.slug not in retired]
        self.bits = {plugin.slug: 1 << number for number, plugin in enumerate(plugins)}
        self.default = sum(self.bits[p.slug] for p in plugins if p.manifest.default_on)
        # The last of these is judged last: plugins come in the order in which requirements are met first.
        # A retired requirement has a bit that is never set: nothing meets it.
        never = 1 << len(plugins)
        self._requires = [
            (self.bits[p.slug], sum({self.bits.get(r, never) for r in p.manifest.requires}))
            for p in plugins
            if p.manifest.requires
        ]
        self._met: dict[int, int] = {}
        # department -> masks of what is ruled on, ruled at all, and forced there
        self.ruled: dict[int, tuple[int, int, int]] = {}
        for rule in rules:
            bit = self.bits.get(rule.plugin, 0)
            if bit and rule.state != Rule.State.INHERIT and holds(rule, now):
                on, ruled, forced = self.ruled.get(rule.department_id, (0, 0, 0))
                if rule.state in SWITCHED_ON:
                    on |= bit
                self.ruled[rule.department_id] = (on, ruled | bit, forced | bit if rule.state in FORCES else forced)

    def step(self, department: int, on: int, forced: int) -> tuple[int, int]:
        """What is on and forced in a department, from what is above it; requirements not yet looked at."""
        here = self.ruled.get(department)
        if here is None:
            return on, forced
        decided = here[1] & ~forced
        return (on & ~decided) | (here[0] & decided), forced | (here[2] & decided)

    def met(self, on: int) -> int:
        """Without what lacks a requirement."""
        known = self._met.get(on)
        if known is None:
            known = on
            for bit, required in self._requires:
                if known & required != required:
                    known &= ~bit
            self._met[on] = known
        return known


def read_rules() -> list[RuleRow]:
    """All rules there are, also those that do not hold yet; one query."""
    names = ("plugin", "department_id", "state", "starts_at", "ends_at")
    return [RuleRow(*row) for row in Rule.objects.order_by("pk").values_list(*names)]


def read_tree() -> Tree:
    """(id, path) of all departments, parents first; one query."""
    return list(Department.objects.order_by("path").values_list("pk", "path"))


def read_gates() -> Gates:
    """All gates; one query."""
    ids = dict(Gate.objects.values_list("key", "pk"))
    pairs = {pk: parse_key(key) for key, pk in ids.items()}
    return Gates(pairs, ids, max(pairs, default=0))


def read_retired() -> frozenset[str]:
    """The slugs of retired plugins: off everywhere, whatever the rules say; one query."""
    return frozenset(Archive.objects.filter(state=Archive.State.RETIRED).values_list("plugin", flat=True))


def resolve(
    rules: Sequence[RuleRow],
    tree: Tree,
    gates: Gates,
    now: datetime,
    *,
    retired: Collection[str] = (),
    stamp: tuple[int, ...] = (),
) -> Snapshot:
    """What would hold with these rules; no query. `tree` has parents before their children."""
    resolver = _Resolver(rules, now, retired)
    raw: dict[str, tuple[int, int]] = {}
    on, forced = {}, {}
    start = (resolver.default, 0)
    for pk, path in tree:
        raw[path] = here = resolver.step(pk, *raw.get(path[:-STEP], start))
        on[pk], forced[pk] = resolver.met(here[0]), here[1]
    valid_until = _boundary(rules, now)
    return Snapshot(
        stamp=stamp,
        valid_until=valid_until,
        until=valid_until.timestamp() if valid_until else math.inf,
        bits=resolver.bits,
        on=on,
        forced=forced,
        root=tree[0][0] if tree else None,
        gates=gates.pairs,
        gate_ids=gates.ids,
        newest_gate=gates.newest,
    )


def build(now: datetime | None = None) -> Snapshot:
    """Reads rules, departments, gates and what is retired (at most four queries) and resolves them."""
    now = now or timezone.now()
    values = stamps.known()
    stamp = tuple(values.get(name, 0) for name in STAMPS)
    return resolve(read_rules(), read_tree(), _gates(stamp), now, retired=read_retired(), stamp=stamp)


def _gates(stamp: tuple[int, ...]) -> Gates:
    """Gates never change; those of the snapshot before are read again only if there are more of them."""
    before = _current
    if before is None or stamps.pending() or before.stamp[GATES] != stamp[GATES]:
        return read_gates()
    return Gates(before.gates, before.gate_ids, before.newest_gate)


_lock = threading.Lock()
_current: Snapshot | None = None
_judged: Mapping[str, int] | None = None  # the stamps under which it was found to be current


def current() -> Snapshot:
    """This process's snapshot, rebuilt when a stamp moved or a timed rule began or ended."""
    global _current, _judged
    snapshot, values = _current, stamps.known()
    if snapshot is not None and values is _judged and time.time() < snapshot.until:
        return snapshot
    if stamps.pending():
        return snapshot or stamps.until_next_bump("snapshot", build)  # what is not committed is not kept
    if snapshot is None or _outdated(snapshot, values):
        with _lock:
            if _current is snapshot:
                _current = build()
            assert _current is not None
            snapshot = _current
    _judged = values
    return snapshot


def _outdated(snapshot: Snapshot, values: Mapping[str, int]) -> bool:
    return time.time() >= snapshot.until or snapshot.stamp != tuple(values.get(name, 0) for name in STAMPS)


def forget() -> None:
    """Drops the snapshot; needed only where rows are rolled back under it, as in tests."""
    global _current, _judged
    _current = _judged = None
