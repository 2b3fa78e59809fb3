"""The bench's own databases: one for each size, made when missing or outdated, and kept for the next run."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bench import plan
from bench.config import PREFIX, ROOT, Embedded, Services
from bench.errors import Broken

META = "CREATE TABLE IF NOT EXISTS bench_meta (print text, counts text)"
COUNTS = "SELECT counts FROM bench_meta WHERE print = {}"
TABLES = ("people", "audience", "host", "catalogue", "timeline")


def fingerprint(size: str) -> str:
    """Changes with the generator's version and with the migrations of the tables it fills."""
    digest = hashlib.sha256(f"{size} {plan.VERSION} {plan.SEED}".encode())
    for label in TABLES:
        for path in sorted((ROOT / "portal" / label / "migrations").glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def ensure(services: Services | Embedded, size: str, *, fresh: bool = False) -> dict[str, int]:
    """The counts of what is in the database, which is made first if it has to be, and migrated in any case."""
    if size not in plan.SIZES:
        raise ValueError(f"{size!r} is no size; use {', '.join(plan.SIZES)}.")
    counts = None if fresh else _present(services, size)
    if counts is not None:
        _load(services, size, "migrate")
    else:
        print(f"bench: generating {size} in {PREFIX}_{size} ...", file=sys.stderr, flush=True)
        recreate(services, size)
        _load(services, size, "fill")
        counts = _present(services, size)
    assert counts is not None
    return counts


def _load(services: Services | Embedded, size: str, what: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "bench.loading", what, size]
    done = subprocess.run(command, env=services.environment(size, "bench-load"), cwd=ROOT, check=False)
    if done.returncode:
        raise Broken(f"{PREFIX}_{size} could not be made; the reason is above")


def _present(services: Services | Embedded, size: str) -> dict[str, int] | None:
    printed = fingerprint(size)
    row = (
        _in_file(services.database(size), printed)
        if isinstance(services, Embedded)
        else _on_server(services.database(size), printed)
    )
    return json.loads(row[0]) if row else None


def _in_file(path: Path, printed: str) -> tuple[str] | None:
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        try:
            found: tuple[str] | None = connection.execute(COUNTS.format("?"), [printed]).fetchone()
        except sqlite3.OperationalError:  # broken off before it was complete
            return None
        return found


def _on_server(url: str, printed: str) -> tuple[str] | None:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute(COUNTS.format("%s"), [printed]).fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.OperationalError as error:
        if "does not exist" in str(error):
            return None
        raise


def recreate(services: Services | Embedded, size: str) -> None:
    """An empty database of that name in the place of the one that may be there."""
    if isinstance(services, Embedded):
        shutil.rmtree(services.database(size).parent, ignore_errors=True)
        return
    name = sql.Identifier(urlsplit(services.database(size)).path.lstrip("/"))
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def remember(size: str, counts: dict[str, int]) -> None:
    """Called at the end of loading: from now on the data is complete."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(META)
        cursor.execute("INSERT INTO bench_meta VALUES (%s, %s)", [fingerprint(size), json.dumps(counts)])
