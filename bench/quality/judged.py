"""The judged queries: what people type, who types it, and what they should find."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

QUERIES = Path(__file__).parent / "queries"
LANGUAGES = ("en", "et", "sv", "nl", "de")
SORTS = ("known", "topic", "person", "misspelt", "typing", "code", "automated", "nothing")
GRADES = (3, 2, 1)
TUNING, HELD_OUT = "tuning", "held-out"
PARTS = (TUNING, HELD_OUT)


class BadJudgement(ValueError):
    """A row that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Judged:
    """One query of one person; `grades` by name of entry (bench.quality.names), empty where nothing is right."""

    id: str
    language: str
    sort: str
    asker: str
    text: str
    grades: Mapping[str, int]

    @property
    def part(self) -> str:
        return part_of(self.id)


def part_of(name: str) -> str:
    """A third is kept out of tuning: which, follows from the id alone, so nobody chooses."""
    return HELD_OUT if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 3 == 0 else TUNING


def load(folder: Path = QUERIES) -> list[Judged]:
    """All queries. Raises BadJudgement."""
    found = [query for language in LANGUAGES for query in _read(folder / f"{language}.yaml", language)]
    seen: set[str] = set()
    for query in found:
        if query.id in seen:
            raise BadJudgement(f"{query.id}: the id is taken")
        seen.add(query.id)
    return found


def _read(path: Path, language: str) -> Iterator[Judged]:
    for row in yaml.safe_load(path.read_text(encoding="utf-8")):
        yield judged(row, language)


def judged(row: dict[Any, Any], language: str) -> Judged:
    """A row of a file, checked."""
    row = dict(row)
    try:
        query_id, sort, asker, text = (row.pop(name) for name in ("id", "sort", "as", "q"))
    except KeyError as missing:
        raise BadJudgement(f"{row}: has no {missing}") from None
    grades = _grades(query_id, row)
    if not query_id.startswith(language) or sort not in SORTS or not isinstance(text, str):
        raise BadJudgement(f"{query_id}: begins with {language}, has one of {SORTS} and a text in quotation marks")
    if bool(grades) == (sort == "nothing"):
        raise BadJudgement(f"{query_id}: only where nothing is right, no entry is named")
    return Judged(query_id, language, sort, asker, text, grades)


def _grades(query_id: str, row: dict[Any, Any]) -> dict[str, int]:
    grades: dict[str, int] = {}
    for grade, names in row.items():
        if grade not in GRADES:
            raise BadJudgement(f"{query_id}: {grade!r} is none of the grades {GRADES}")
        for name in names:
            if name in grades:
                raise BadJudgement(f"{query_id}: {name} is judged twice")
            grades[name] = grade
    return grades
