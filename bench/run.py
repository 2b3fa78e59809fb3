"""What scenarios share in one run: services, sizes, workers, the plan of the rounds."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from bench import databases, plan
from bench.config import Services
from bench.method import Plan
from bench.worker import Worker


@dataclass
class Bench:
    """`sizes` from small to large. Workers are started at first use and kept until the end of the run."""

    services: Services
    sizes: list[str]
    plan: Plan
    stack: ExitStack
    _workers: dict[str, Worker] = field(default_factory=dict)

    def prepare(self, *, fresh: bool = False) -> None:
        for size in self.sizes:
            databases.ensure(self.services, size, fresh=fresh)

    def count(self, size: str) -> int:
        return plan.SIZES[size]

    def worker(self, size: str) -> Worker:
        if size not in self._workers:
            self._workers[size] = self.stack.enter_context(Worker(self.services, size))
        return self._workers[size]
