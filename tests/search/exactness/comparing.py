"""Asks `visible_to` and every engine what the oracle was asked, and tells readably where they differ."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import override_settings

from portal.catalogue.models import Entry
from search.query import SearchRequest, SearchResult
from search.service import search
from tests.search.exactness.house import House
from tests.search.exactness.oracle import Answer, Counts, Oracle
from tests.search.exactness.plan import Query, short, word

ALL = 100  # results on one page: more than there are items


def engine_names() -> list[str]:
    """Those of this stack, the one it prefers last."""
    return ["database", "elasticsearch"] if settings.ELASTICSEARCH_URL else ["database"]


@contextmanager
def answered_by(engine: str) -> Iterator[None]:
    """Searches ask this engine; both indexes go on being kept."""
    with override_settings(ELASTICSEARCH_URL=settings.ELASTICSEARCH_URL if engine == "elasticsearch" else ""):
        yield


@dataclass
class Tally:
    """What was compared, by engine, and what of it there was to see.

    `pairs` are of a person and a query on an index that is up to date, `lagging` on one that is not, `suggested` of a
    person and what they typed. `finding` pairs find something; of `matching` items (filters included) so many were
    `visible` to who asked.
    """

    pairs: Counter[str] = field(default_factory=Counter)
    lagging: Counter[str] = field(default_factory=Counter)
    suggested: Counter[str] = field(default_factory=Counter)
    finding: int = 0
    matching: int = 0
    visible: int = 0

    def add(self, engine: str, matching: int, visible: int) -> None:
        self.pairs[engine] += 1
        self.finding += bool(visible)
        self.matching += matching
        self.visible += visible

    @property
    def finding_share(self) -> float:
        return self.finding / self.pairs.total()

    @property
    def visible_share(self) -> float:
        return self.visible / self.matching


class Comparison:
    """One organisation at one moment against the oracle; of its pairs of a person and a query one of `of`."""

    def __init__(self, house: House, tally: Tally, of: int = 1) -> None:
        self.house, self.tally, self.of = house, tally, of
        self.oracle = Oracle(house.plan)
        self.numbers = {pk: number for number, pk in house.entry_ids.items()}
        self.people: dict[int | None, Any] = {n: house.person(n) for n in (None, *range(len(house.plan.people)))}

    def catalogue(self) -> None:
        """`visible_to` gives what the oracle says."""
        for person, row in self.people.items():
            ids = Entry.objects.visible_to(row).values_list("pk", flat=True)
            seen, expected = frozenset(self.numbers[pk] for pk in ids), self.oracle.visible(person)
            assert seen == expected, self._differs("visible_to", person, None, seen, expected)

    def exactly(self) -> None:
        """Every engine finds and counts what the oracle says."""
        for engine, person, query in self._pairs({"database": 2} if len(engine_names()) > 1 else {}):
            answer, expected = self._ask(engine, person, query), self.oracle.finds(person, query)
            assert answer.hits == expected.hits, self._differs(engine, person, query, answer.hits, expected.hits)
            assert answer.counts == expected.counts, self._miscounts(engine, person, query, answer, expected.counts)
            matching = {n for n in range(len(self.house.plan.items)) if self.oracle.matches(n, query)}
            everything = self.oracle.answer(matching, query).hits
            self.tally.add(engine, len(everything), len(expected.hits))

    def while_lagging(self, before: Oracle, touched: set[int]) -> None:
        """No engine tells more than the oracle allows now; what did not change is found as ever.

        A word that was taken out of an item or put into it counts until the index knows, for whoever may see the item.
        """
        for engine, person, query in self._pairs({"elasticsearch": 2, "database": 4}):
            answer, visible = self._ask(engine, person, query), self.oracle.visible(person)
            new = {number for number in visible if self.oracle.matches(number, query)}
            old = {n for n in visible if n < len(before.plan.items) and before.matches(n, query)}
            most, least = self.oracle.answer(new | old, query), self.oracle.answer(new - touched, query)
            assert answer.hits <= most.hits, self._differs(engine, person, query, answer.hits, most.hits)
            assert answer.hits >= least.hits, self._differs(engine, person, query, answer.hits, least.hits)
            assert _within(answer.counts, most.counts), self._miscounts(engine, person, query, answer, most.counts)
            assert _within(least.counts, answer.counts), self._miscounts(engine, person, query, answer, least.counts)
            self.tally.lagging[engine] += 1

    def _pairs(self, each: Mapping[str, int]) -> Iterator[tuple[str, int | None, Query]]:
        """All pairs, or of an engine only one of so many: others ask the rest."""
        for engine in engine_names():
            with answered_by(engine):
                pairs = itertools.product(enumerate(self.people), enumerate(self.house.plan.queries))
                for (place, person), (number, query) in pairs:
                    if (place + number) % (self.of * each.get(engine, 1)) == 0:
                        yield engine, person, query

    def _ask(self, engine: str, person: int | None, query: Query) -> Answer:
        """One search, as a request of its own; its count must be that of its hits."""
        result = search(
            SearchRequest(
                person=self.people[person],
                q=" ".join(query.words),
                kind=query.kind,
                type=",".join(query.types),
                plugin=query.plugin,
                department="" if query.department is None else self.oracle.path(query.department),
                author_id=None if query.author is None else self.house.people[query.author].pk,
                topic="" if query.topic is None else word("t", query.topic),
                language=query.language,
                time=query.time,
                size=ALL,
            )
        )
        assert (result.engine, result.limited, result.similar) == (engine, False, False), result.reason
        found = [self.numbers[hit.entry.pk] for hit in result.hits]
        assert result.count == len(found) == len(set(found)), f"{engine} counts {result.count}, but gives {found}"
        assert result.count_exact
        return Answer(frozenset(found), self._counts(result))

    def _counts(self, result: SearchResult) -> Counts:
        """By value as the oracle names them."""
        names = {
            "author": {str(row.pk): str(number) for number, row in enumerate(self.house.people)},
            "topic": {word("t", number): str(number) for number in range(9)},
        }
        return {
            facet: {names.get(facet, {}).get(value, value): number for value, number in counts.items()}
            for facet, counts in result.facets.items()
        }

    # What differs, in words

    def differs(self, asked: str, person: int | None, seen: frozenset[int], expected: frozenset[int]) -> str:
        return self._differs(asked, person, None, seen, expected)

    def _differs(
        self, asked: str, person: int | None, query: Query | None, seen: frozenset[int], expected: frozenset[int]
    ) -> str:
        lines = [self._asked(asked, person, query)]
        for what, numbers in (("LEAKS", seen - expected), ("MISSES", expected - seen)):
            for number in sorted(numbers):
                reason = self.oracle.why_hidden(person, number) or "it may be seen"
                lines.append(f"  {what} item {number}: {reason}")
                lines += [f"    {link}: {short(self.house.plan.items[link])}" for link in self.oracle.chain(number)]
        return "\n".join(lines)

    def _miscounts(self, asked: str, person: int | None, query: Query, answer: Answer, expected: Counts) -> str:
        lines = [self._asked(asked, person, query)]
        for facet, counts in expected.items():
            if answer.counts[facet] != counts:
                lines.append(f"  COUNTS {facet}: {answer.counts[facet]}, the oracle {counts}")
        return "\n".join(lines)

    def _asked(self, asked: str, person: int | None, query: Query | None) -> str:
        who = "somebody without an account" if person is None else short(self.house.plan.people[person])
        return f"{asked} for person {person}, {who}{f', asked {short(query)}' if query else ''}:"


def _within(counts: Counts, most: Counts) -> bool:
    return all(number <= most[facet].get(value, 0) for facet in counts for value, number in counts[facet].items())
