"""The organisation's own words: synonyms, phrases that say nothing, results promoted or left out for a phrase.

Edited in the admin, and used with the next search: they widen what is asked, so that no entry is indexed anew.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from portal.audience.stamps import Kept
from search.analysis import WORD, words_of

STAMP = "search.vocabulary"
LONGEST_PHRASE = 8  # words
MEANINGS = 8  # added to one query, the nearest to its beginning: a request stays small

Words = tuple[str, ...]  # folded


def phrases_of(text: str) -> list[str]:
    """The phrases of a field that takes several: one a line, or separated by commas or semicolons."""
    return [piece for piece in _pieces(text) if WORD.search(piece)]


def wordless(text: str) -> list[str]:
    """What stands in the place of a phrase of such a field, but has no word: nothing is left of it in a search."""
    return [piece for piece in _pieces(text) if piece and not WORD.search(piece)]


def _pieces(text: str) -> list[str]:
    """Without marks that nobody sees, which are taken out of what is sought as well."""
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return [" ".join(piece.split()) for piece in seen.replace(";", ",").replace("\n", ",").split(",")]


@dataclass(frozen=True)
class Rule:
    """A result promoted (`pinned`) or left out for some phrases, within a period."""

    entry_id: int
    pinned: bool
    anywhere: bool
    starts_at: datetime | None
    ends_at: datetime | None

    def holds(self, now: datetime, *, whole: bool) -> bool:
        """`whole`: the phrase is all that is sought, not only a part of it."""
        begun = self.starts_at is None or self.starts_at <= now
        return (whole or self.anywhere) and begun and (self.ends_at is None or self.ends_at > now)


@dataclass(frozen=True)
class Vocabulary:
    """`synonyms`: the folded words of a term -> phrases that mean it; `silent`: phrases that say nothing;
    `rules`: the folded words of a phrase -> its rules, in the order in which they are shown.
    """

    synonyms: Mapping[Words, tuple[str, ...]] = field(default_factory=dict)
    silent: frozenset[Words] = frozenset()
    rules: Mapping[Words, tuple[Rule, ...]] = field(default_factory=dict)

    def chosen_for(self, text: str, now: datetime) -> tuple[tuple[int, ...], frozenset[int]]:
        """The ids of entries promoted for what is sought, in their order, and of those left out."""
        if not self.rules:
            return (), frozenset()
        words = words_of(text)
        parts = [(rule, whole) for part, whole in _parts(words) for rule in self.rules.get(part, ())]
        found = [rule for rule, whole in parts if rule.holds(now, whole=whole)]
        without = frozenset(rule.entry_id for rule in found if not rule.pinned)
        pinned = dict.fromkeys(rule.entry_id for rule in found if rule.pinned)
        return tuple(pk for pk in pinned if pk not in without), without


def _parts(words: Words) -> Iterable[tuple[Words, bool]]:
    """All of the words first, then every run of some of them."""
    yield words, True
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + LONGEST_PHRASE) + 1):
            if end - start < len(words):
                yield words[start:end], False


def _read() -> Vocabulary:
    from search.models import Promotion, StopPhrase, Synonym

    synonyms: dict[Words, list[str]] = {}
    for synonym in Synonym.objects.order_by("pk"):
        for term, meanings in synonym.ways():
            synonyms.setdefault(words_of(term), []).extend(meanings)
    rules: dict[Words, list[Rule]] = {}
    for promotion in Promotion.objects.lasting(timezone.now()).order_by("position", "pk"):
        rule = promotion.rule()
        for phrase in phrases_of(promotion.phrases):
            rules.setdefault(words_of(phrase), []).append(rule)
    return Vocabulary(
        synonyms={words: tuple(dict.fromkeys(meanings)) for words, meanings in synonyms.items()},
        silent=frozenset(words_of(phrase) for phrase in StopPhrase.objects.values_list("phrase", flat=True)),
        rules={words: tuple(found) for words, found in rules.items()},
    )


_kept = Kept(STAMP, _read)
current = _kept.get
