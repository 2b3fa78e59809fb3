"""The comparison is itself tested: each of these platforms is broken in one place, and it says so."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.db.models import Q

from cms import privacy
from portal.audience import access
from portal.audience.expressions import EVERYONE, Expression
from portal.catalogue import chains, outbox, querysets, trees
from portal.catalogue.models import Entry
from portal.catalogue.querysets import EntryQuerySet
from portal.host import gate, snapshot
from portal.people import receivers
from search import scope
from search.engines import database, elastic
from search.engines.database import counting
from tests.search.conftest import HAS_ELASTICSEARCH
from tests.search.exactness.running import compare

body = import_module("search.engines.elastic.body")  # the package has a function of this name

ORGANISATIONS = 12  # at most; most defects show in one of the first

Patch = pytest.MonkeyPatch


def live_but(*without: str) -> Callable[[EntryQuerySet], Any]:
    from django.utils import timezone

    def live(self: EntryQuerySet) -> Any:
        now = timezone.now()
        rules = {
            "ends": Q(visible_until__isnull=True) | Q(visible_until__gt=now),
            "state": Q(state="live"),
            "chain": Q(chain_live=True),
            "begins": Q(visible_from__lte=now),
        }
        return self.filter(*(rule for name, rule in rules.items() if name not in without))

    return live


def hidden_is_shown(patch: Patch) -> None:
    patch.setattr(EntryQuerySet, "live", live_but("state"))


def below_hidden_is_shown(patch: Patch) -> None:
    patch.setattr(EntryQuerySet, "live", live_but("chain"))


def scheduled_is_shown(patch: Patch) -> None:
    patch.setattr(EntryQuerySet, "live", live_but("begins"))


def expired_is_shown(patch: Patch) -> None:
    patch.setattr(EntryQuerySet, "live", live_but("ends"))


def gates_stand_open(patch: Patch) -> None:
    patch.setattr(querysets, "gate_open", lambda person: [Q(gate_id__lte=gate.closed_for(person).upto)])


def exclusions_are_ignored(patch: Patch) -> None:
    patch.setattr(Expression, "satisfied_by", lambda self, t: all(not t.isdisjoint(clause) for clause in self.all))


def one_clause_is_enough(patch: Patch) -> None:
    def satisfied(self: Expression, t: set[str]) -> bool:
        return (not self.all or any(not t.isdisjoint(c) for c in self.all)) and t.isdisjoint(self.none)

    patch.setattr(Expression, "satisfied_by", satisfied)


def what_cannot_be_told_excludes_nobody(patch: Patch) -> None:
    def satisfied(self: Expression, t: set[str]) -> bool:
        return all(not t.isdisjoint(c) for c in self.all) and t.isdisjoint(self.none)

    patch.setattr(Expression, "satisfied_by", satisfied)


def departments_above_are_not_ones_own(patch: Patch) -> None:
    compute = access._compute

    def fewer(person: Any) -> access.Access:
        found = compute(person)
        own = {f"department:{pk}" for pk in found.departments}
        found.tokens = frozenset(t for t in found.tokens if not t.startswith("department:") or t in own)
        return found

    patch.setattr(access, "_compute", fewer)


def rights_are_remembered_for_ever(patch: Patch) -> None:
    patch.setattr(receivers, "end_cached_rights", lambda ids: None)


def nothing_follows_its_subject(patch: Patch) -> None:
    patch.setattr(chains, "follow", lambda changed: None)


def privacy_replaces_targeting(patch: Patch) -> None:
    patch.setattr(trees, "both", lambda own, privacy: privacy)


def only_the_nearest_privacy_holds(patch: Patch) -> None:
    def combined(path: str, restrictions: privacy.Restrictions) -> Expression:
        above = [found for found in restrictions if path.startswith(found[0])]
        return max(above, key=lambda found: len(found[0]))[1] if above else EVERYONE

    patch.setattr(privacy, "_combined", combined)


def a_lock_at_home_is_ignored(patch: Patch) -> None:
    patch.setattr(snapshot.Snapshot, "mask_for", lambda self, viewer: _any_home(self, viewer))


def _any_home(self: snapshot.Snapshot, viewer: snapshot.Viewer) -> int:
    mask = 0
    for department in viewer.departments or (self.root,):
        mask |= self.mask_in(department)
    return mask


def requirements_are_ignored(patch: Patch) -> None:
    patch.setattr(snapshot._Resolver, "met", lambda self, on: on)


def timed_rules_always_hold(patch: Patch) -> None:
    patch.setattr(snapshot, "holds", lambda rule, now: True)


def the_database_counts_what_is_hidden(patch: Patch) -> None:
    def everything(query: Any, request: Any) -> Any:
        entries = Entry.objects.live()
        within = scope.within(scope.chosen_department(request))
        return entries.filter(department__in=within) if request.department else entries

    patch.setattr(database, "scope", everything)


def a_facet_is_narrowed_by_itself(patch: Patch) -> None:
    patch.setattr(counting, "_others", lambda names, *aside: [f"ok_{name}" for name in names])


EVERYWHERE = [
    hidden_is_shown, below_hidden_is_shown, scheduled_is_shown, expired_is_shown, gates_stand_open,
    exclusions_are_ignored, one_clause_is_enough, what_cannot_be_told_excludes_nobody,
    departments_above_are_not_ones_own, rights_are_remembered_for_ever, nothing_follows_its_subject,
    privacy_replaces_targeting, only_the_nearest_privacy_holds, a_lock_at_home_is_ignored, requirements_are_ignored,
    timed_rules_always_hold, the_database_counts_what_is_hidden, a_facet_is_narrowed_by_itself,
]  # fmt: skip


def filters_without(name: str) -> Callable[[Patch], None]:
    """The filter of Elasticsearch without its part about this field."""

    def mutate(patch: Patch) -> None:
        visibility = body.visibility

        def fewer(*args: Any) -> Any:
            parts = visibility(*args)
            return tuple([c for c in part if name not in next(iter(c.values()))] for part in parts)

        patch.setattr(body, "visibility", fewer)

    mutate.__name__ = f"elasticsearch_is_not_told_of_{name}"
    return mutate


def elasticsearch_narrows_a_facet_by_itself(patch: Patch) -> None:
    def each(names: list[str], chosen: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        everything = {"filter": {"bool": {"filter": list(chosen.values())}}}
        return {"a": everything | {"aggs": {name: values[name] for name in names}}} if names else {}

    patch.setattr(body, "_each", each)


def what_was_narrowed_is_not_noted(patch: Patch) -> None:
    send = outbox.send
    patch.setattr(outbox, "send", lambda entries, *, narrowed: send(entries, narrowed=False))


def what_was_narrowed_is_not_excluded(patch: Patch) -> None:
    patch.setattr(elastic.outbox, "narrowed_ids", lambda engine: [])


ON_ELASTICSEARCH = [
    *map(filters_without, ("audience", "gate", "visible_from", "visible_until", "entry_id")),
    elasticsearch_narrows_a_facet_by_itself, what_was_narrowed_is_not_noted, what_was_narrowed_is_not_excluded,
]  # fmt: skip


# The first organisation that shows it, where that is not number 0: it is looked for from there on.
SHOWN_BY = {
    hidden_is_shown: 1, below_hidden_is_shown: 4, what_cannot_be_told_excludes_nobody: 14,
    rights_are_remembered_for_ever: 16, nothing_follows_its_subject: 1, only_the_nearest_privacy_holds: 4,
    a_lock_at_home_is_ignored: 5, requirements_are_ignored: 13, timed_rules_always_hold: 7,
}  # fmt: skip


@pytest.mark.parametrize("defect", EVERYWHERE + ON_ELASTICSEARCH * HAS_ELASTICSEARCH, ids=lambda one: one.__name__)
def test_a_defect_is_seen(
    defect: Callable[[Patch], None], all_engines: None, catch_up: Callable[[], None], monkeypatch: Patch
) -> None:
    defect(monkeypatch)
    with pytest.raises(AssertionError):
        compare(itertools.islice(itertools.count(SHOWN_BY.get(defect, 0)), ORGANISATIONS), catch_up, of=4)
