"""What every test needs: commits that are seen, and nothing remembered from the test before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection

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
    _forget()
    yield
    _forget()


def _forget() -> None:
    from search.seeking import noting, rounds

    forget_everything()
    noting.forget()
    rounds.forget()


@pytest.fixture(autouse=True)
def commits(folkmoot_commits: None) -> None:
    """Every test sees its commits."""


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
