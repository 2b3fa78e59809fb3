"""What was measured, as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.quality.judged import LANGUAGES, PARTS, SORTS, TUNING
from bench.quality.measure import Outcome, Summary, summary
from portal.catalogue.models import Entry

HEAD = (
    "engine",
    "part",
    "of",
    "queries",
    "nDCG@10",
    "known: RR",
    "misspelt: first 3",
    "typed",
    "typing",
    "nothing: none",
)
POOR = 0.9

Outcomes = Mapping[str, Sequence[Outcome]]


def summaries(outcomes: Outcomes) -> Iterator[tuple[str, str, str, Summary]]:
    """(engine, part, group, summary): all queries of a part, then each language and sort of it."""
    for engine, mine in outcomes.items():
        for part in PARTS:
            of_part = [outcome for outcome in mine if outcome.query.part == part]
            yield engine, part, "all", summary(of_part)
            for language in LANGUAGES:
                yield engine, part, language, summary([o for o in of_part if o.query.language == language])
            for sort in SORTS:
                yield engine, part, sort, summary([o for o in of_part if o.query.sort == sort])


def as_json(outcomes: Outcomes) -> list[dict[str, Any]]:
    return [{"engine": e, "part": p, "of": g} | asdict(s) for e, p, g, s in summaries(outcomes)]


def table(outcomes: Outcomes) -> str:
    lines = [HEAD]
    for engine, part, group, found in summaries(outcomes):
        figures = [
            _figure(value) for value in (found.ndcg, found.known, found.near, found.typed, found.typing, found.silent)
        ]
        lines.append((engine, part, group, str(found.queries), *figures))
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def poor(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What went wrong in the tuning part, worst first. The held-out part is not shown: nobody may tune by it."""
    mine = [o for o in outcomes if o.query.part == TUNING and (o.ndcg < POOR if o.judged else o.found)]
    titles = {entry.pk: f"{entry.type}: {entry.title[:50]}" for entry in Entry.objects.only("pk", "type", "title")}
    for outcome in sorted(mine, key=lambda o: o.ndcg if o.judged else 0.0):
        query = outcome.query
        score = _figure(outcome.ndcg) if outcome.judged else "     "
        yield f"{score} {query.id} {query.sort} {query.text!r}; judged {dict(query.grades)}"
        for rank, entry in enumerate(outcome.found[:5], start=1):
            yield f"      {rank}. [{outcome.judged.get(entry, 0)}] {titles.get(entry, 'the same address again')}"
