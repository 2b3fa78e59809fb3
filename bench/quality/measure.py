"""How good a list of results is, by judgements.

nDCG as in Burges et al., "Learning to Rank using Gradient Descent" (ICML 2005), after Järvelin and Kekäläinen,
"Cumulated gain-based evaluation of IR techniques" (ACM TOIS 20(4), 2002): an entry of grade g at rank r (from 1) gains
(2^g - 1) / log2(r + 1); the sum over the first ten ranks is divided by that of the best possible order of all judged
entries. So what was not found costs too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from statistics import fmean

from bench.quality.judged import Judged

DEPTH = 10
NEAR = 3  # ranks among which a misspelt person should be
LEFT = 2  # letters that are still to be typed


def dcg(grades: Sequence[int], depth: int = DEPTH) -> float:
    """Discounted cumulated gain of grades in the order of the results."""
    return sum((2**grade - 1) / log2(rank + 1) for rank, grade in enumerate(grades[:depth], start=1))


def ndcg(found: Sequence[int], judged: Mapping[int, int], depth: int = DEPTH) -> float:
    """From 0 to 1; `found` are entries in order, `judged` all that are relevant with their grades, at least one."""
    ideal = dcg(sorted(judged.values(), reverse=True), depth)
    return dcg([judged.get(entry, 0) for entry in found], depth) / ideal


def first_rank(found: Sequence[int], judged: Mapping[int, int]) -> int:
    """Where the first entry of the best grade is, from 1; 0 if it is not there."""
    best = max(judged.values())
    return next((rank for rank, entry in enumerate(found, start=1) if judged.get(entry) == best), 0)


@dataclass(frozen=True)
class Outcome:
    """What one ranker did with one query; `judged` is empty where nothing is right.

    `suggested`: what was suggested when all was typed, and when the last LEFT letters were still to come; empty where
    nobody suggests.
    """

    query: Judged
    found: tuple[int, ...]
    judged: Mapping[int, int]
    suggested: tuple[tuple[int, ...], ...] = ()

    @property
    def ndcg(self) -> float:
        return ndcg(self.found, self.judged)

    @property
    def rank(self) -> int:
        return first_rank(self.found, self.judged)

    def is_suggested(self, when: int) -> bool:
        """Whether the best is among the first three suggestions; `when` numbers `suggested`."""
        return 1 <= first_rank(self.suggested[when], self.judged) <= NEAR


@dataclass(frozen=True)
class Summary:
    """Means over queries; None where there is no query of that sort.

    `known`: the mean reciprocal rank of known items; `near`: the share of misspelt people among the first three;
    `typed` and `typing`: the same of suggestions, when all is typed and LEFT letters
    before; `silent`: the share of queries without a right answer to which nothing was returned.
    """

    queries: int
    ndcg: float | None
    known: float | None
    near: float | None
    typed: float | None
    typing: float | None
    silent: float | None


def summary(outcomes: Sequence[Outcome]) -> Summary:
    answered = [outcome for outcome in outcomes if outcome.judged]
    known = [outcome for outcome in answered if outcome.query.sort == "known"]
    misspelt = [outcome for outcome in answered if outcome.query.sort == "misspelt"]
    suggested = [outcome for outcome in misspelt if outcome.suggested]
    return Summary(
        queries=len(outcomes),
        ndcg=_mean([outcome.ndcg for outcome in answered]),
        known=_mean([1 / outcome.rank if outcome.rank else 0.0 for outcome in known]),
        near=_mean([float(1 <= outcome.rank <= NEAR) for outcome in misspelt]),
        typed=_mean([float(outcome.is_suggested(0)) for outcome in suggested]),
        typing=_mean([float(outcome.is_suggested(1)) for outcome in suggested]),
        silent=_mean([float(not outcome.found) for outcome in outcomes if not outcome.judged]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
