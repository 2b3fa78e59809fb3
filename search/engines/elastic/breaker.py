"""A circuit breaker: after a failure the server is left alone for a while, then one request tries again."""

from __future__ import annotations

import threading
import time

_FIRST, _LONGEST = 3.0, 30.0  # seconds


class Breaker:
    """One per process. A server that accepts but never answers so costs one request in each pause its timeout.

    The pause is `first` seconds, after each further failure twice as long, at most `longest`.
    """

    def __init__(self, first: float = _FIRST, longest: float = _LONGEST) -> None:
        self._lock = threading.Lock()
        self._first, self._longest = first, longest
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the server failed the last time."""
        return self._open

    def close(self) -> None:
        """The server answered."""
        with self._lock:
            self._open = False
            self._open_until = 0.0
            self._pause = self._first

    def fail(self) -> None:
        """The server did not answer: each time in a row the pause is twice as long."""
        with self._lock:
            self._open = True
            self._open_until = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, self._longest)

    def allows(self) -> bool:
        """Whether to ask the server; of many requests after a pause only one may."""
        if not self._open:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._open_until:
                return False
            self._open_until = now + self._pause
            return True
