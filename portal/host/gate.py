"""The one gate that every door asks. Warm, it costs neither SQL nor a cache call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.db.models import Max

from portal.audience import stamps
from portal.audience.access import access_of
from portal.host import snapshot
from portal.host.models import Gate
from portal.host.snapshot import Closed, Viewer

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Department, Person

Pair = tuple[str, int]


class PluginOff(Exception):
    """The person may see the thing, but its plugin is off: 403, and the data is retained."""

    def __init__(self, slug: str = "") -> None:
        super().__init__(slug)
        self.slug = slug


def viewer_of(person: Person | AnonymousUser) -> Viewer:
    access = access_of(person)
    return Viewer(access.primary, access.departments)


def is_on_for(slug: str, person: Person | AnonymousUser) -> bool:
    """Whether the plugin's surfaces (pages, navigation, forms, widgets) are open to this person."""
    if not person.is_authenticated or not person.is_active:
        return False
    current = snapshot.current()
    return bool(current.bits.get(slug, 0) & _mask(current, person))


T = TypeVar("T")


def _remembered(
    person: Person | AnonymousUser, name: str, current: snapshot.Snapshot, read: Callable[[Viewer], T]
) -> T:
    """What the snapshot says of the person; kept on the person, who lives as long as the request."""
    kept = person.__dict__.get(name)
    if kept is None or kept[0] is not current:
        kept = person.__dict__[name] = (current, read(viewer_of(person)))
    found: T = kept[1]
    return found


def _mask(current: snapshot.Snapshot, person: Person | AnonymousUser) -> int:
    return _remembered(person, "_folkmoot_mask", current, current.mask_for)


def is_on_in(slug: str, department: Department | None) -> bool:
    """Whether the plugin is on in a home department; None is the organisation itself."""
    current = snapshot.current()
    return bool(current.bits.get(slug, 0) & current.mask_in(department.pk if department else None))


def those_on_for(slugs: Iterable[str], person: Person | AnonymousUser) -> list[str]:
    """Of the plugins those whose surfaces are open to this person: one look, however many there are."""
    if not person.is_authenticated or not person.is_active:
        return []
    current = snapshot.current()
    bits, mask = current.bits, _mask(current, person)
    return [slug for slug in slugs if bits.get(slug, 0) & mask]


def homes_where_on(slug: str, homes: Iterable[Department | None]) -> set[int | None]:
    """Of these home departments the ids of those in which the plugin is on: one look for a whole list."""
    current = snapshot.current()
    bit, ids = current.bits.get(slug, 0), {home.pk if home else None for home in homes}
    return {pk for pk in ids if bit & current.mask_in(pk)}


def is_on_anywhere(slug: str) -> bool:
    """Whether the plugin is on in any department: its jobs are parked if not."""
    current = snapshot.current()
    return bool(current.bits.get(slug, 0) & current.anywhere)


def require(slug: str, person: Person | AnonymousUser) -> None:
    """Raises PluginOff unless the plugin is on for this person."""
    if not is_on_for(slug, person):
        raise PluginOff(slug)


def require_in(slug: str, department: Department | None) -> None:
    """Raises PluginOff unless the plugin is on in the home department."""
    if not is_on_in(slug, department):
        raise PluginOff(slug)


def closed_for(person: Person | AnonymousUser) -> Closed:
    """The gates through which this person may not see: {ids} and whatever is newer than `upto`."""
    current = snapshot.current()
    return _remembered(person, "_folkmoot_closed", current, current.closed_for)


def gate_key(pairs: Iterable[Pair]) -> str:
    return ",".join(f"{slug}@{department}" for slug, department in sorted(set(pairs)))


def pairs_of(gate: Gate) -> set[Pair]:
    return set(snapshot.parse_key(gate.key))


def intern_gates(keys: Iterable[str]) -> dict[str, int]:
    """The ids of gates by key; no query for those this process knows."""
    wanted = set(keys)
    remembered = snapshot.current().gate_ids
    known = {key: remembered[key] for key in wanted if key in remembered}
    missing = wanted - known.keys()
    return known | _create(missing) if missing else known


@transaction.atomic
def _create(keys: set[str]) -> dict[str, int]:
    # Numbered under the same lock as audiences (so that the two never wait for each other), in order of commits:
    # whoever knows gate n knows every gate below n, and treats what is above as closed.
    stamps.bump("interned")
    stamps.bump("gates")
    known = {key: pk for pk, key in Gate.objects.filter(key__in=keys).values_list("pk", "key")}
    newest = Gate.objects.aggregate(newest=Max("pk"))["newest"] or 0
    rows = [Gate(id=newest + n, key=key) for n, key in enumerate(sorted(keys - known.keys()), start=1)]
    Gate.objects.bulk_create(rows)
    return known | {row.key: row.pk for row in rows}
