"""Commits that are seen, in tests whose transaction never commits."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic


def show_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs on-commit callbacks when the outermost transaction inside a test ends.

    A test runs in a transaction of its own, in which nothing ever commits; without this, code that does its work
    after the commit would not run at all.
    """
    leave, on_commit = Atomic.__exit__, BaseDatabaseWrapper.on_commit

    def __exit__(self: Any, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        leave(self, exc_type, exc_value, traceback)
        if exc_type is None and not self._from_testcase and _only_the_tests_own(connection):
            _run_callbacks()

    def immediately(self: BaseDatabaseWrapper, function: Any, robust: bool = False) -> None:
        on_commit(self, function, robust)
        if _only_the_tests_own(self):
            _run_callbacks()

    monkeypatch.setattr(Atomic, "__exit__", __exit__)
    monkeypatch.setattr(BaseDatabaseWrapper, "on_commit", immediately)


def _only_the_tests_own(database: Any) -> bool:
    blocks = getattr(database, "atomic_blocks", [])
    return bool(blocks) and all(block._from_testcase for block in blocks)


def _run_callbacks() -> None:
    while connection.run_on_commit:
        # A new list, as Django itself begins one: what is remembered until then is known by the list.
        waiting: list[Any] = connection.run_on_commit
        connection.run_on_commit = []
        for _sids, callback, _robust in waiting:
            callback()
