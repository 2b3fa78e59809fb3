"""What every test needs: commits that are seen, and nothing remembered from the test before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic

from portal.testing.plugin import forget_everything


def pytest_configure() -> None:
    # Listing every static file for each test client costs more than the test.
    settings.WHITENOISE_AUTOREFRESH = True
    # A busy machine is no reason to fail: time is not what these tests are about.
    hypothesis.settings.register_profile(
        "folkmoot", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("folkmoot")


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Uploads and dropped files of tests stay out of the real folders."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("files")
    settings.FOLKMOOT_DROP_DIR = tmp_path_factory.mktemp("drop")
    settings.FOLKMOOT_ARCHIVE_DIR = tmp_path_factory.mktemp("archives")


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    forget_everything()
    yield
    forget_everything()


def _only_the_tests_own(database: BaseDatabaseWrapper) -> bool:
    blocks = getattr(database, "atomic_blocks", [])
    return bool(blocks) and all(block._from_testcase for block in blocks)


@pytest.fixture(autouse=True)
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs on-commit callbacks when the outermost transaction inside a test ends.

    A test runs in a transaction of its own, in which nothing ever commits; without this, code that does its work
    after the commit would not run at all.
    """
    leave, on_commit = Atomic.__exit__, BaseDatabaseWrapper.on_commit

    def run_callbacks() -> None:
        while connection.run_on_commit:
            # A new list, as Django itself begins one: what is remembered until then is known by the list.
            waiting, connection.run_on_commit = connection.run_on_commit, []
            for _sids, callback, _robust in waiting:
                callback()

    def __exit__(self: Atomic, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        leave(self, exc_type, exc_value, traceback)
        if exc_type is None and not self._from_testcase and _only_the_tests_own(connection):
            run_callbacks()

    def immediately(self: BaseDatabaseWrapper, function: Any, robust: bool = False) -> None:
        on_commit(self, function, robust)
        if _only_the_tests_own(self):
            run_callbacks()

    monkeypatch.setattr(Atomic, "__exit__", __exit__)
    monkeypatch.setattr(BaseDatabaseWrapper, "on_commit", immediately)


@pytest.fixture(scope="session", autouse=True)
def no_lingering_sessions(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Ends the database sessions of threads that are gone: PostgreSQL drops no database that somebody is in."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            connection.close()
