"""How anything is measured here: contenders in shuffled interleaved rounds, ratios per round, an A/A pair.

Absolute times on a shared machine move by half between runs; the ratio of two things measured side by side does
not. So a result is the median of per-round ratios with a bootstrap interval, and it only counts if the same thing
measured twice in those rounds came out equal.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

AGREEMENT = 1.08  # how far apart the A/A pair may be
RESAMPLES = 2000


@dataclass(frozen=True)
class Sample:
    """What one contender did in one round: seconds of each operation, and of CPU in its processes by name."""

    times: tuple[float, ...] = ()
    seconds: float = 0.0
    cpu: Mapping[str, float] | None = None

    def __add__(self, other: Sample) -> Sample:
        mine, theirs = self.cpu or {}, other.cpu or {}
        cpu = {name: mine.get(name, 0.0) + theirs.get(name, 0.0) for name in {*mine, *theirs}}
        return Sample(self.times + other.times, self.seconds + other.seconds, cpu)


Run = Callable[[float], Sample]
Metric = Callable[[Sample], float]
Measured = dict[str, list[Sample]]


@dataclass(frozen=True)
class Plan:
    """`rounds` of `seconds` for each contender, cut into turns so that a busy moment of the machine hits all."""

    rounds: int = 5
    seconds: float = 3.0
    turns: int = 10
    seed: int = 1


QUICK = Plan(rounds=3, seconds=1.0, turns=5)


@dataclass(frozen=True)
class Ratio:
    """The median of the per-round ratios and its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f}x [{self.low:.2f}, {self.high:.2f}]"


def measure(contenders: Mapping[str, Run], plan: Plan) -> Measured:
    """Runs all contenders in turn, in a new order each turn; the first turn of each is dropped as warm-up."""
    shuffled = random.Random(plan.seed)
    turn = plan.seconds / plan.turns
    for run in contenders.values():
        run(turn)
    measured: Measured = {name: [] for name in contenders}
    names = list(contenders)
    for _round in range(plan.rounds):
        parts = {name: Sample() for name in names}
        for _turn in range(plan.turns):
            shuffled.shuffle(names)
            for name in names:
                parts[name] += contenders[name](turn)
        for name, sample in parts.items():
            measured[name].append(sample)
    return measured


def typical(sample: Sample) -> float:
    """Seconds of the median operation."""
    return median(sample.times)


def slow(sample: Sample) -> float:
    """Seconds of the 95th percentile."""
    ordered = sorted(sample.times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def rate(sample: Sample) -> float:
    """Operations a second."""
    return len(sample.times) / sample.seconds


def cpu_of(process: str) -> Metric:
    """CPU seconds an operation in one process."""
    return lambda sample: (sample.cpu or {}).get(process, 0.0) / max(1, len(sample.times))


def work(sample: Sample) -> float:
    """CPU seconds an operation in all processes: what its time would be on an idle machine."""
    return sum((sample.cpu or {}).values()) / max(1, len(sample.times))


def overall(samples: Sequence[Sample], metric: Metric) -> float:
    """The metric's median over the rounds."""
    return median(metric(sample) for sample in samples)


def ratio(measured: Measured, candidate: str, reference: str, metric: Metric = typical) -> Ratio:
    """How many times the reference's metric the candidate's is."""
    pairs = zip(measured[candidate], measured[reference], strict=True)
    return interval([metric(mine) / metric(theirs) for mine, theirs in pairs])


def interval(values: Sequence[float], seed: int = 1) -> Ratio:
    """The median of the values; low and high from resampling them."""
    draw = random.Random(seed)
    medians = sorted(median(draw.choices(values, k=len(values))) for _number in range(RESAMPLES))
    return Ratio(median(values), medians[int(RESAMPLES * 0.025)], medians[int(RESAMPLES * 0.975)])


def agrees(pair: Ratio) -> bool:
    """Whether the A/A pair came out equal enough for the run to count."""
    return 1 / AGREEMENT <= pair.value <= AGREEMENT
