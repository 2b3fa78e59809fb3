"""Writes the entries of plugins anew from their rows: after a card has learned to say more, or to mend a catalogue.

A plugin's module `cards` says how, for each model: `cards` gives the card of a row, `rebuild` the rows that have one.
Off or on does not matter: what is stored is the same. What was hidden stays hidden.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from django.db import transaction
from django.db.models import Model, QuerySet

from portal.catalogue.actions import put_many
from portal.catalogue.card import Card, label_of
from portal.catalogue.models import Entry
from portal.host.guard import checked
from portal.host.registry import Installed

logger = logging.getLogger(__name__)

BATCH = 200


@dataclass
class Rebuilt:
    """`written` entries, and what could not be: (label, key, why). Their entries stay as they were."""

    written: int = 0
    failed: list[tuple[str, str, str]] = field(default_factory=list)


def rebuild(plugin: Installed) -> Rebuilt:
    """Batch by batch, each in a transaction of its own; one row's failure costs its own entry."""
    done = Rebuilt()
    for model, rows in plugin.contributions.rebuild.items():
        make = plugin.contributions.cards[model]
        for batch in _batches(rows()):
            with transaction.atomic():
                made = [card for row in batch if (card := _card(make, row, done)) is not None]
                put_many(_still_hidden(label_of(batch[0]), made))
            done.written += len(made)
    return done


def _batches(rows: QuerySet[Model]) -> Iterator[list[Model]]:
    """In the order of their keys: a thing comes before what is attached to it later."""
    found: Iterator[Model] = rows.order_by("pk").iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        yield batch


def _card(make: object, row: Model, done: Rebuilt) -> Card | None:
    try:
        with transaction.atomic():
            return checked(Card, make(row))  # type: ignore[operator]
    except Exception as error:  # whatever a plugin's card raises
        logger.exception("no card of %s %s", label_of(row), row.pk)
        done.failed.append((label_of(row), str(row.pk), f"{type(error).__name__}: {error}"))
        return None


def _still_hidden(label: str, cards: Iterable[Card]) -> list[Card]:
    hidden = Entry.objects.filter(label=label, state=Entry.State.HIDDEN, key__in=[card.key for card in cards])
    keys = set(hidden.values_list("key", flat=True))
    return [replace(card, hidden=True) if card.key in keys else card for card in cards]
