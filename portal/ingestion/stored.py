"""Adapters whose items are kept as they are: one row and one entry each. What a new kind of source needs is said in a
few lines (docs/adapters.md); a kind whose rows depend on more writes its own actions instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.catalogue.actions import put_many
from portal.catalogue.card import Card
from portal.ingestion.adapter import Item
from portal.ingestion.delivered import Delivered
from portal.ingestion.formats.mapping import Maker, MappedAdapter
from portal.ingestion.models import Source
from portal.ingestion.reach import Role
from portal.people.models import Department

BATCH = 500


class StoredAdapter(MappedAdapter):
    """`item`: the contract of an item, with fields named like those of `row` and of `model`. `card`: from a row of
    `model` (with its source and department at hand) to its card, see `delivered_card`.
    """

    audience_roles = (Role.SOURCE,)

    item: ClassVar[type[Item]]
    model: ClassVar[type[Delivered]]
    card: ClassVar[Callable[[Any], Card]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "item" in vars(cls):
            cls.maker = type(f"{cls.__name__}Maker", (_Copier,), {"contract": cls.item})

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        store(self.model, source, items, type(self).card)

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        mark_missing(self.model, source, external_ids, type(self).card)

    def retarget(self, source: Source) -> None:
        renew_entries(self.model._default_manager.filter(source=source), type(self).card)


class _Copier(Maker[Any]):
    """An item is its row, checked."""

    contract: ClassVar[type[Item]]

    def item(self, external_id: str, row: Any) -> Item:
        names = [name for name in self.contract.model_fields if name != "external_id"]
        return self.contract(external_id=external_id, **{name: getattr(row, name) for name in names})


@transaction.atomic
def store(model: type[Delivered], source: Source, items: Sequence[Item], card: Callable[[Any], Card]) -> None:
    """Writes the items as rows, and their entries."""
    fields = [name for name in type(items[0]).model_fields if name != "external_id"]
    rows = [model(source=source, **item.model_dump()) for item in items]
    model._default_manager.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["source", "external_id"],
        update_fields=[*fields, "missing_since"],
    )
    names = [item.external_id for item in items]
    renew_entries(model._default_manager.filter(source=source, external_id__in=names), card)


@transaction.atomic
def mark_missing(
    model: type[Delivered], source: Source, external_ids: Sequence[str], card: Callable[[Any], Card]
) -> None:
    """The source no longer has these: they stay, and say so."""
    gone = model._default_manager.filter(source=source, external_id__in=external_ids, missing_since=None)
    ids = list(gone.values_list("pk", flat=True))
    rows = model._default_manager.filter(pk__in=ids)
    rows.update(missing_since=timezone.now())
    renew_entries(rows, card)


@transaction.atomic
def renew_entries(rows: QuerySet[Any], card: Callable[[Any], Card]) -> None:
    """Gives the cards again."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        found = rows.model._default_manager.filter(pk__in=ids[start : start + BATCH]).order_by("pk")
        put_many([card(row) for row in found.select_related("source__department")])


def delivered_card(
    row: Delivered, *, people: Iterable[int | None] = (), department: Department | None = None, **fields: Any
) -> Card:
    """The card of a row: for whom its source says, with where it comes from and whether it is still there.

    `people`: ids of those the row is about; `department`: the row's own, by default the home of its source. Both for
    sources that say how far each item reaches (portal.ingestion.reach). No query.
    """
    home = department or row.source.department
    facets: dict[str, object] = {"source": row.source.name, "source_id": row.source.pk}
    if row.missing_since:
        facets |= {"state": "stale", "state_text": _("No longer listed by its system")}
    return Card(
        kind="automated",
        obj=row,
        department=home,
        audience=row.source.audience_of(people, home),
        stale_from=row.missing_since,
        facets=facets | fields.pop("facets", {}),
        **fields,
    )
