"""The latest value of a key figure above the results of a search that names it."""

from __future__ import annotations

from collections.abc import Iterator

from plugins.kpis.bands import with_unit
from plugins.kpis.cards import types
from plugins.kpis.queries import rows_of
from portal.host import QuickAnswer, QuickAnswers, QuickQuestion
from portal.people.models import Person


def latest_values(person: Person, question: QuickQuestion) -> Iterator[QuickAnswer]:
    """With unit, state and freshness; one query, for how fresh the sources are."""
    for row in rows_of(question.entries):
        yield QuickAnswer(
            title=row.name,
            value=with_unit(row.value, row.unit),
            url=row.url,
            icon="chart",
            source=row.source,
            read_at=row.read_at,
            state=row.state,
            state_text=row.state_text,
        )


quick_answers = [QuickAnswers("latest-value", latest_values, types=tuple(one.slug for one in types))]
