"""What every test needs: commits that are seen, and nothing remembered from the test before."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection

from portal.testing.plugin import forget_everything


def pytest_configure() -> None:
    # Listing every static file for each test client costs more than the test.
    settings.WHITENOISE_AUTOREFRESH = True
    # Real hashes are slow on purpose: a second for each log-in with a password. Sites of the tests' own keep them.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A busy machine is no reason to fail: time is not what these tests are about. What is drawn by chance is drawn anew
    # for whoever works on something, and is the same in each run of CI: that judges the change before it.
    hypothesis.settings.register_profile(
        "folkmoot",
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
        derandomize=bool(os.environ.get("FOLKMOOT_TEST_REQUIRE")),
    )
    hypothesis.settings.load_profile("folkmoot")


def pytest_collection_finish() -> None:
    # Every module and thousands of tests stay to the end: no later collection of garbage need look at them again.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Each process of a run has a database of its own on the server that they share (tests/run.py)."""
    if (part := os.environ.get("FOLKMOOT_TEST_PART")) and connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["NAME"] = f"test_{connection.settings_dict['NAME']}_{part}"


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new one each time, all in one place: pytest looks at every folder it has made before it makes another."""
    place = tmp_path_factory.mktemp("own")
    return (place / str(number) for number in itertools.count(1))


@pytest.fixture(autouse=True)
def own_files(settings: Any, folders: Iterator[Path]) -> None:
    """Uploads and dropped files of tests stay out of the real folders."""
    own = next(folders)
    for setting, name in (("MEDIA_ROOT", "files"), ("FOLKMOOT_DROP_DIR", "drop"), ("FOLKMOOT_ARCHIVE_DIR", "archives")):
        (own / name).mkdir(parents=True)
        setattr(settings, setting, own / name)


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
def steady_stamps(request: pytest.FixtureRequest, settings: Any) -> None:
    """Where queries are counted stamps are read once: not again because a busy machine took half a second."""
    if not {"django_assert_num_queries", "django_assert_max_num_queries"}.isdisjoint(request.fixturenames):
        settings.FOLKMOOT_STAMP_SECONDS = 3600


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
