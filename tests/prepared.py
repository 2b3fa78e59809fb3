"""What takes long to make is made once in a run and then copied: a migrated database, and the seeded demo."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from tests.services.servers import Elasticsearch, Postgres
from tests.services.services import Services

if TYPE_CHECKING:
    from tests.e2e.site import Site


@dataclass(frozen=True)
class Migrated:
    """All migrations and no data: a file of SQLite, or what pg_dump writes of a PostgreSQL database."""

    file: Path

    def into(self, site: Site) -> None:
        """Makes the database of a new site, on whichever server it is, what `migrate` would have made it."""
        if url := site.env.get("DATABASE_URL"):
            psql = [Postgres.tool("psql"), "-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", str(self.file), url]
            subprocess.run(psql, check=True, stdout=subprocess.DEVNULL, timeout=300)
        else:
            shutil.copy(self.file, site.file)


@pytest.fixture(scope="session", autouse=True)
def migrated_file(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path | None:
    """The tests' own database as it is before the first test, if any test wants it."""
    if not any("migrated" in getattr(item, "fixturenames", ()) for item in request.session.items):
        return None
    file = tmp_path_factory.mktemp("migrated") / "database"
    with django_db_blocker.unblock():
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            _dump(file)
        else:
            kept = sqlite3.connect(file)
            connection.connection.backup(kept)
            kept.close()
    return file


def _dump(file: Path) -> None:
    given = connection.settings_dict
    command = [Postgres.tool("pg_dump"), "--no-owner", "--no-privileges", "--no-comments", f"--file={file}"]
    command += [f"--host={given['HOST']}", f"--port={given['PORT']}", f"--username={given['USER']}", given["NAME"]]
    subprocess.run(command, check=True, env={**os.environ, "PGPASSWORD": given["PASSWORD"]}, timeout=300)


@pytest.fixture(scope="session")
def migrated(migrated_file: Path) -> Migrated:
    return Migrated(migrated_file)


@dataclass(frozen=True)
class Demo:
    """The seeded demo: the site that it was made for, not started; what to copy are `files` and `database`.

    `services`: where the Elasticsearch is that this site alone uses, and a test may disturb; None where there is none.
    """

    site: Site
    services: Services | None
    files: Path
    database: str

    def copied(self, folder: Path) -> Site:
        """A site with the same content and everything else of its own; no index of Elasticsearch knows it."""
        from tests.e2e.site import Site

        shutil.copytree(self.files, folder, dirs_exist_ok=True)
        return Site(folder, like=self.database)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Made from nothing, by the command that an operator gives."""
    from tests.e2e.site import Site, own_database

    with _own_elasticsearch() as services:
        made = Site(tmp_path_factory.mktemp("demo"), own=services.environment() if services else {})
        made.manage("demo", "--seed-only")
        files = tmp_path_factory.mktemp("demo-files")
        shutil.copytree(made.folder, files, dirs_exist_ok=True)
        with own_database(like=made.env.get("DATABASE_URL", "")) as database:
            yield Demo(made, services, files, database)


@contextmanager
def _own_elasticsearch() -> Iterator[Services | None]:
    """A server that nobody else's tests notice being stopped; None on the stack without one."""
    shared = os.environ.get("FOLKMOOT_TEST_SERVICES")
    if not shared or not os.environ.get("ELASTICSEARCH_URL"):
        yield None
        return
    state = Path(tempfile.mkdtemp(prefix="folkmoot-demo-"))
    state.chmod(0o755)  # the server runs as a user of its own
    Elasticsearch(state).share_build(Path(shared))
    services = Services(state)
    services.start("elasticsearch")
    try:
        yield services
    finally:
        services.stop()
        shutil.rmtree(state)
