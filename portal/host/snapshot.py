"""The snapshot: which plugin is on where, as one immutable object of bit masks per process and stamp."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from portal.audience import stamps
from portal.host.models import Archive, Gate, Rule
from portal.host.registry import registry
from portal.people.models import Department

STEP = Department.steplen
STAMPS = ("rules", "departments", "gates")


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
    _closed: dict[Viewer, Closed] = field(default_factory=dict, compare=False)
    _viewer_masks: dict[Viewer, int] = field(default_factory=dict, compare=False)

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

    def _open(self, pairs: tuple[tuple[str, int], ...], mine: int) -> bool:
        return all((self.bits.get(slug, 0) & mine & self.mask_in(department)) for slug, department in pairs)


def parse_key(key: str) -> tuple[tuple[str, int], ...]:
    """The (plugin, home department) pairs of a gate's key."""
    pairs = (pair.rsplit("@", 1) for pair in key.split(",") if pair)
    return tuple((slug, int(department)) for slug, department in pairs)


def _boundary(rules: Iterable[Rule], now: datetime) -> datetime | None:
    """When the next timed rule begins or ends: the snapshot is not valid beyond that."""
    moments = [m for rule in rules for m in (rule.starts_at, rule.ends_at) if m is not None and m > now]
    return min(moments, default=None)


def _effective(rules: Iterable[Rule], now: datetime) -> dict[tuple[int, str], str]:
    return {
        (rule.department_id, rule.plugin): rule.state
        for rule in rules
        if (rule.starts_at is None or rule.starts_at <= now) and (rule.ends_at is None or rule.ends_at > now)
    }


class _Resolver:
    """Walks the tree from the root: the force nearest the root wins, then the nearest rule, then the default."""

    def __init__(self, states: Mapping[tuple[int, str], str], retired: Collection[str] = ()) -> None:
        self.states = states
        plugins = [plugin for plugin in registry.active() if plugin.slug not in retired]
        self.bits = {plugin.slug: 1 << number for number, plugin in enumerate(plugins)}
        # A retired requirement has no bit: nothing meets it.
        self.requires = [(self.bits[p.slug], [self.bits.get(r, 0) for r in p.manifest.requires]) for p in plugins]
        self.default = sum(self.bits[p.slug] for p in plugins if p.manifest.default_on)

    def step(self, department: int, on: int, forced: int) -> tuple[int, int]:
        for slug, bit in self.bits.items():
            state = self.states.get((department, slug), Rule.State.INHERIT)
            if forced & bit or state == Rule.State.INHERIT:
                continue
            on = on | bit if state in (Rule.State.ON, Rule.State.FORCED_ON) else on & ~bit
            if state in (Rule.State.FORCED_ON, Rule.State.FORCED_OFF):
                forced |= bit
        return on, forced

    def met(self, on: int) -> int:
        """Without what lacks a requirement; plugins come in the order in which requirements are met first."""
        for bit, required in self.requires:
            if not all(on & other for other in required):
                on &= ~bit
        return on


def build(now: datetime | None = None) -> Snapshot:
    """Reads rules, retired plugins, departments and gates (four queries) and resolves them."""
    now = now or timezone.now()
    values = stamps.known()
    stamp = tuple(values.get(name, 0) for name in STAMPS)
    rules = list(Rule.objects.all())
    retired = set(Archive.objects.filter(state=Archive.State.RETIRED).values_list("plugin", flat=True))
    resolver = _Resolver(_effective(rules, now), retired)
    raw: dict[str, tuple[int, int]] = {}
    on, forced = {}, {}
    root = None
    for pk, path in Department.objects.order_by("path").values_list("pk", "path"):
        root = root or pk
        above = raw.get(path[:-STEP], (resolver.default, 0))
        raw[path] = resolver.step(pk, *above)
        on[pk], forced[pk] = resolver.met(raw[path][0]), raw[path][1]
    gate_ids = dict(Gate.objects.values_list("key", "pk"))
    gates = {pk: parse_key(key) for key, pk in gate_ids.items()}
    return Snapshot(
        stamp=stamp,
        valid_until=_boundary(rules, now),
        bits=resolver.bits,
        on=on,
        forced=forced,
        root=root,
        gates=gates,
        gate_ids=gate_ids,
        newest_gate=max(gates, default=0),
    )


_lock = threading.Lock()
_current: Snapshot | None = None
_judged: Mapping[str, int] | None = None  # the stamps under which it was found to be current


def current() -> Snapshot:
    """This process's snapshot, rebuilt when a stamp moved or a timed rule began or ended."""
    global _current, _judged
    snapshot = _current
    if stamps.pending():
        return snapshot or stamps.until_next_bump("snapshot", build)  # what is not committed is not kept
    values = stamps.known()
    if snapshot is not None and values is _judged and snapshot.valid_until is None:
        return snapshot
    if snapshot is None or _outdated(snapshot, values):
        with _lock:
            if _current is snapshot:
                _current = build()
            assert _current is not None
            snapshot = _current
    _judged = values
    return snapshot


def _outdated(snapshot: Snapshot, values: Mapping[str, int]) -> bool:
    if snapshot.valid_until is not None and timezone.now() >= snapshot.valid_until:
        return True
    return snapshot.stamp != tuple(values.get(name, 0) for name in STAMPS)


def forget() -> None:
    """Drops the snapshot; needed only where rows are rolled back under it, as in tests."""
    global _current, _judged
    _current = _judged = None
