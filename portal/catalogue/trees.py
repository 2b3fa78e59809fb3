"""Set-based changes to entries that stand in a tree (pages): restricted, moved, removed by branch."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat, Substr

from portal.audience.expressions import Expression, both
from portal.audience.interning import expression_of, intern_many
from portal.catalogue import chains, outbox
from portal.catalogue.actions import remove_entries
from portal.catalogue.models import Entry
from portal.catalogue.signals import entries_changed


def branch(path: str) -> QuerySet[Entry]:
    """Entries at this place of the tree and below it."""
    return Entry.objects.filter(tree_path__startswith=path).exclude(tree_path="")


@transaction.atomic
def restrict(regions: Sequence[tuple[str, Expression]]) -> None:
    """Sets the privacy of branches: (path, expression) pairs; a deeper pair overrides the one above it.

    The expression must be the whole of what holds there, restrictions above included. The audience of each
    entry becomes its own targeting AND that; the targeting itself is kept, so lifting brings it back.
    """
    ordered = sorted(regions, key=lambda region: len(region[0]))
    for number, (path, privacy) in enumerate(ordered):
        here = branch(path)
        for deeper, _privacy in ordered[number + 1 :]:
            if deeper.startswith(path):
                here = here.exclude(tree_path__startswith=deeper)
        _restrict(here, privacy)


def _restrict(entries: QuerySet[Entry], privacy: Expression) -> None:
    own = list(entries.order_by().values_list("own_audience_id", flat=True).distinct())
    wanted = {pk: both(expression_of(pk), privacy) for pk in own}
    audiences = intern_many(wanted.values())
    for own_id, expression in wanted.items():
        changed = entries.filter(own_audience_id=own_id).exclude(audience_id=audiences[expression])
        ids = list(changed.values_list("pk", flat=True))
        if not ids:
            continue
        Entry.objects.filter(pk__in=ids).update(audience_id=audiences[expression], version=F("version") + 1)
        outbox.send(ids, narrowed=True)
        chains.follow(ids)
        entries_changed.send(Entry, entry_ids=ids)


def remove_branch(path: str) -> None:
    """The pages of a branch are deleted."""
    remove_entries(branch(path))


@transaction.atomic
def replant(entries: QuerySet[Entry], tree_path: Combinable) -> None:
    """Pages stand elsewhere in the tree: `tree_path` computes where; one statement, for those it changes."""
    entries.annotate(new_path=tree_path).exclude(tree_path=F("new_path")).update(tree_path=tree_path)


@transaction.atomic
def readdress(path: str, old_url: str, new_url: str) -> None:
    """The addresses of a branch, and of what is attached to its pages, begin otherwise now."""
    pages = branch(path).values("pk")
    moved = Entry.objects.filter(Q(pk__in=pages) | Q(root__in=pages), url__startswith=old_url)
    ids = list(moved.values_list("pk", flat=True))
    if not ids or old_url == new_url:
        return
    rest = Substr("url", len(old_url) + 1)
    Entry.objects.filter(pk__in=ids).update(url=Concat(Value(new_url), rest), version=F("version") + 1)
    outbox.send(ids, narrowed=False)
