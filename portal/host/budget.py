"""A time limit for the SQL of one contribution: PostgreSQL's statement timeout, SQLite's progress handler."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

STEPS = 20_000  # of SQLite's virtual machine between two looks at the clock, well under a millisecond

TRANSACTIONAL = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")


class _Limit:
    """Sets the limit before the first statement, so that what runs no SQL costs none.

    The statements that set it go to the driver itself: they are not queries of the application. PostgreSQL counts
    from the start of each statement; it is told again when less than half of what it was told is left, so that all
    statements together take at most half as long again as they may.
    """

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        self.driver: Any = None
        self.told = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith(TRANSACTIONAL):
            if sql.startswith("ROLLBACK"):
                self.told = 0.0  # a setting made inside what is rolled back is undone with it
            return execute(sql, params, many, context)  # after an error nothing else may be said than these
        left = max(0.001, self.deadline - time.monotonic())
        if self.driver is not connection.connection:
            self.driver, self.told = connection.connection, 0.0
            if connection.vendor == "sqlite":
                self.driver.set_progress_handler(self._is_over, STEPS)
        if connection.vendor == "postgresql" and not self.told / 2 <= left <= self.told:
            _tell(self.driver, f"SET statement_timeout = {int(left * 1000) or 1}")
            self.told = left
        return execute(sql, params, many, context)

    def _is_over(self) -> int:
        return int(time.monotonic() > self.deadline)

    def lift(self) -> None:
        """Back to what the connection was set up with. A connection on which that fails is not used again."""
        if self.driver is None or self.driver is not connection.connection:
            return
        if connection.vendor == "sqlite":
            self.driver.set_progress_handler(None, 0)
        elif connection.vendor == "postgresql":
            try:
                _tell(self.driver, "RESET statement_timeout")
            except Exception:
                if connection.in_atomic_block:
                    connection.set_rollback(True)
                else:
                    connection.close()


def _tell(driver: Any, statement: str) -> None:
    with driver.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def sql_budget(seconds: float) -> Iterator[None]:
    """Statements inside fail with a database error once the time is used up. The outermost budget counts."""
    if any(isinstance(wrapper, _Limit) for wrapper in connection.execute_wrappers):
        yield
        return
    limit = _Limit(seconds)
    try:
        with connection.execute_wrapper(limit):
            yield
    finally:
        limit.lift()
