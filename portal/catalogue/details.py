"""Topics and files of entries, written for many entries at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.text import slugify

from portal.catalogue.card import Card
from portal.catalogue.models import Entry, EntryFile, EntryTopic, Topic

Existing = Mapping[tuple[str, str], Entry]


def topic_slug(name: str) -> str:
    """Unicode slugs: topics are written in five languages."""
    return slugify(name, allow_unicode=True)[:100]


def topics_by_slug(names: Sequence[str]) -> dict[str, Topic]:
    """The topics of these names, made where there are none; spelling of the first writer is kept."""
    wanted = {topic_slug(name): name for name in names if topic_slug(name)}
    found = {topic.slug: topic for topic in Topic.objects.filter(slug__in=wanted)}
    missing = [Topic(name=name[:100], slug=slug) for slug, name in wanted.items() if slug not in found]
    if missing:
        Topic.objects.bulk_create(missing, ignore_conflicts=True)
        found = {topic.slug: topic for topic in Topic.objects.filter(slug__in=wanted)}
    return found


def write_topics(entries: Sequence[Entry], cards: Sequence[Card], existing: Existing) -> None:
    """Links entries to topics; only those whose topics changed cost anything."""
    changed = []
    for entry, card in zip(entries, cards, strict=True):
        before = existing.get((entry.label, entry.key))
        if (before.topic_names if before else []) != list(card.topics):
            changed.append((entry, card))
    if not changed:
        return
    EntryTopic.objects.filter(entry__in=[e.pk for e, _card in changed if (e.label, e.key) in existing]).delete()
    topics = topics_by_slug([name for _entry, card in changed for name in card.topics])
    pairs = {(e.pk, topic_slug(name)) for e, card in changed for name in card.topics if topic_slug(name) in topics}
    EntryTopic.objects.bulk_create(
        [EntryTopic(entry_id=pk, topic=topics[slug]) for pk, slug in sorted(pairs)], batch_size=500
    )


def write_files(entries: Sequence[Entry], cards: Sequence[Card], existing: Existing) -> None:
    """Says which stored files each entry shows."""
    wanted = {(e.pk, path) for e, card in zip(entries, cards, strict=True) for path in _paths(card)}
    known = [e.pk for e in entries if (e.label, e.key) in existing]
    present = set(EntryFile.objects.filter(entry__in=known).values_list("entry_id", "path")) if known else set()
    if gone := present - wanted:
        EntryFile.objects.filter(entry__in={pk for pk, _path in gone}, path__in={path for _pk, path in gone}).delete()
        wanted_again = {pair for pair in wanted & present if pair[1] in {path for _pk, path in gone}}
        present -= wanted_again
    EntryFile.objects.bulk_create(
        [EntryFile(entry_id=pk, path=path) for pk, path in sorted(wanted - present)], ignore_conflicts=True
    )


def _paths(card: Card) -> set[str]:
    return {path for path in (card.image, *card.files) if path}
