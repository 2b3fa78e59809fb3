"""Writes to the catalogue. Owners call them inside the transaction that writes the thing itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone

from portal.audience.expressions import EVERYONE, Expression, both
from portal.audience.interning import intern_many
from portal.catalogue import chains, outbox
from portal.catalogue.card import Card, label_of
from portal.catalogue.details import write_files, write_topics
from portal.catalogue.models import Entry
from portal.catalogue.signals import entries_announced, entries_changed
from portal.host import gate
from portal.people import tree
from portal.people.models import Department

if TYPE_CHECKING:
    from portal.people.models import Person

_COLUMNS = [
    "kind", "type", "title", "summary", "body", "url", "image", "author", "department", "plugin", "audience",
    "own_audience", "gate", "subject", "root", "topic_names", "language", "translation_key", "state", "chain_live",
    "published_at", "updated_at", "visible_from", "visible_until", "stale_from", "tree_path", "facets", "version",
]  # fmt: skip


def entry_for(obj: Model) -> Entry | None:
    """The entry of an object, whoever may see it."""
    return Entry.objects.filter(label=label_of(obj), key=str(obj.pk)).first()


def put(card: Card, *, verb: str | None = None, actor: Person | None = None) -> Entry:
    """Stores what the card says; with a verb it also becomes an activity on the timeline."""
    return put_many([card], verb=verb, actor=actor)[0]


@transaction.atomic
def put_many(cards: Sequence[Card], *, verb: str | None = None, actor: Person | None = None) -> list[Entry]:
    """Stores many cards with a fixed number of statements; entries come back in the cards' order."""
    if not cards:
        return []
    existing = _existing(cards)
    entries = _build(cards, existing)
    old = {pair: _decisive(entry) for pair, entry in existing.items()}
    Entry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["label", "key"], update_fields=_COLUMNS, batch_size=500
    )
    write_topics(entries, cards, existing)
    write_files(entries, cards, existing)
    changed = [e.pk for e in entries if old.get((e.label, e.key), _decisive(e)) != _decisive(e)]
    if same := [entry.pk for entry in entries if entry.pk not in set(changed)]:
        outbox.send(same, narrowed=False)
    if changed:
        outbox.send(changed, narrowed=True)
        chains.follow(changed)
        entries_changed.send(Entry, entry_ids=changed)
    if verb:
        entries_announced.send(Entry, entries=entries, verb=verb, actor=actor)
    return entries


def _decisive(entry: Entry) -> tuple[object, ...]:
    """What decides who sees the entry and when: a change of it counts as narrowing until the indexes know."""
    return (
        entry.audience_id, entry.gate_id, entry.department_id, entry.state, entry.chain_live, entry.visible_from,
        entry.visible_until,
    )  # fmt: skip


def _existing(cards: Sequence[Card]) -> dict[tuple[str, str], Entry]:
    found: dict[tuple[str, str], Entry] = {}
    keys: dict[str, list[str]] = {}
    for card in cards:
        keys.setdefault(card.label, []).append(card.key)
    for label, wanted in keys.items():
        for entry in Entry.objects.filter(label=label, key__in=wanted).defer("body"):
            found[label, entry.key] = entry
    return found


def _build(cards: Sequence[Card], existing: dict[tuple[str, str], Entry]) -> list[Entry]:
    root_department = tree.current().organisation if any(_homeless(card) for card in cards) else None
    own = {id(card): card.audience or EVERYONE for card in cards}
    effective = {id(card): _effective(card) for card in cards}
    audiences = intern_many([*own.values(), *effective.values()])
    homes = {id(card): _home(card, root_department) for card in cards}
    keys = {id(card): _gate_key(card, homes[id(card)]) for card in cards}
    gates = gate.intern_gates(keys.values())
    entries = []
    for card in cards:
        entry = _entry(card, existing.get((card.label, card.key)))
        entry.department_id = homes[id(card)]
        entry.own_audience_id = audiences[own[id(card)]]
        entry.audience_id = audiences[effective[id(card)]]
        entry.gate_id = gates[keys[id(card)]]
        entries.append(entry)
    return entries


def _effective(card: Card) -> Expression:
    """Whom it is for: its own targeting, as far as privacy or what it is attached to lets it."""
    own = card.audience or EVERYONE
    if card.subject is not None:
        return chains.narrowed(card.subject.audience_id, own)
    return both(own, card.privacy) if card.privacy else own


def _homeless(card: Card) -> bool:
    return card.subject is None and card.department is None


def _home(card: Card, root_department: Department | None) -> int:
    if card.subject is not None:
        return card.subject.department_id
    department = card.department or root_department
    if department is None:
        raise ValueError("There is no organisation yet: create the root department first.")
    return department.pk


def _gate_key(card: Card, home: int) -> str:
    pairs = {(card.plugin, home)} if card.plugin else set()
    if card.subject is not None:
        pairs |= gate.pairs_of(card.subject.gate)
    return gate.gate_key(pairs)


def _entry(card: Card, before: Entry | None) -> Entry:
    now = timezone.now()
    subject = card.subject
    published = card.published_at or (before.published_at if before else now)
    return Entry(
        kind=card.kind,
        type=card.type,
        label=card.label,
        key=card.key,
        title=str(card.title)[:300],
        summary=card.summary,
        body=card.body,
        url=card.url,
        image=card.image,
        author=card.author,
        plugin=card.plugin,
        subject=subject,
        root_id=(subject.root_id or subject.pk) if subject else None,
        topic_names=list(card.topics),
        language=card.language,
        translation_key=card.translation_key,
        state=Entry.State.HIDDEN if card.hidden else Entry.State.LIVE,
        chain_live=subject.state == Entry.State.LIVE and subject.chain_live if subject else True,
        published_at=published,
        updated_at=card.updated_at or now,
        visible_from=(subject.visible_from if subject else card.visible_from) or published,
        visible_until=subject.visible_until if subject else card.visible_until,
        stale_from=card.stale_from,
        tree_path=card.tree_path,
        facets=dict(card.facets),
        version=before.version + 1 if before else 1,
    )


def hide(obj: Model) -> None:
    """Keeps the entry but shows it, and what is attached to it, to nobody until `show`."""
    _set_state(Entry.objects.filter(label=label_of(obj), key=str(obj.pk), state="live"), Entry.State.HIDDEN)


def show(obj: Model) -> None:
    _set_state(Entry.objects.filter(label=label_of(obj), key=str(obj.pk), state="hidden"), Entry.State.LIVE)


def remove(obj: Model) -> None:
    """The thing is deleted: its entry and what is attached to it disappear everywhere."""
    remove_many(label_of(obj), [str(obj.pk)])


def remove_many(label: str, keys: Iterable[str]) -> None:
    remove_entries(Entry.objects.filter(label=label, key__in=list(keys)))


def remove_entries(entries: QuerySet[Entry]) -> None:
    """Leaves tombstones without text, which a later purge deletes; a fixed number of statements."""
    _set_state(entries.exclude(state="removed"), Entry.State.REMOVED)


@transaction.atomic
def _set_state(entries: QuerySet[Entry], state: str) -> None:
    ids = list(entries.values_list("pk", flat=True))
    if not ids:
        return
    changes: dict[str, object] = {"state": state, "version": F("version") + 1, "updated_at": timezone.now()}
    if state == Entry.State.REMOVED:
        changes |= {"title": "", "summary": "", "body": "", "url": "", "facets": {}, "image": ""}
    Entry.objects.filter(pk__in=ids).update(**changes)
    outbox.send(ids, narrowed=state != Entry.State.LIVE)
    chains.follow(ids)
    entries_changed.send(Entry, entry_ids=ids)
