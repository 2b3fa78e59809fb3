"""Asks every judged query of every ranker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.errors import Broken
from bench.quality.judged import Judged
from bench.quality.measure import LEFT, Outcome
from bench.quality.names import Names, NotThere, talk
from bench.quality.rankers import RANKERS, SUGGESTING, suggested
from portal.people.models import Person


class Judgements:
    """The judged queries with entries' numbers in the place of names, in the database at hand."""

    def __init__(self, queries: Sequence[Judged]) -> None:
        texts = talk()
        try:
            self._names = {username: Names(texts, username) for username in {query.asker for query in queries}}
            self._grades = {query.id: self._grades_of(query) for query in queries}
        except (Person.DoesNotExist, NotThere) as error:
            raise Broken(f"this is not the demo as it is seeded: {error}") from error
        self.queries = queries

    def _grades_of(self, query: Judged) -> dict[int, int]:
        """Where two names mean one entry, the better grade counts."""
        grades: dict[int, int] = {}
        for name, grade in query.grades.items():
            for entry in self._names[query.asker].entries(name):
                grades[entry] = max(grade, grades.get(entry, 0))
        return grades

    def outcomes(self, ranker: str) -> list[Outcome]:
        with RANKERS[ranker]() as ask:
            return [
                Outcome(
                    query,
                    tuple(names.once(ask(names, query.text))),
                    self._grades[query.id],
                    _suggested(ranker, query, names),
                )
                for query in self.queries
                for names in [self._names[query.asker]]
            ]


def _suggested(ranker: str, query: Judged, names: Names) -> tuple[tuple[int, ...], ...]:
    """Of a misspelt person: what is suggested for all of the name, and for all but its last letters."""
    if query.sort != "misspelt" or ranker not in SUGGESTING:
        return ()
    return tuple(tuple(names.once(suggested(names, text, ranker))) for text in (query.text, query.text[:-LEFT]))


def run(queries: Sequence[Judged], rankers: Iterable[str]) -> Mapping[str, list[Outcome]]:
    """Outcomes by ranker, in the order of the queries."""
    judgements = Judgements(queries)
    return {ranker: judgements.outcomes(ranker) for ranker in rankers}
