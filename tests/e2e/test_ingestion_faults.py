"""Ingestion while processes are killed and the database is away: nothing lost, nothing doubled, on both stacks."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.e2e.conftest import Feeds
from tests.e2e.site import ROOT, Site, eventually
from tests.e2e.test_faults import PEOPLE
from tests.portal.ingestion.server import LocalServer, answer, serving
from tests.prepared import Migrated

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SOURCES = """
from portal.people.models import Department
from portal.ingestion.actions import create_source
for slug, fields in {{
    "folder": {{"pull_from": "folder/", "schedule": "* * * * *"}},
    "slow": {{"pull_from": "http://{host}/slow", "schedule": "* * * * *", "allowed_hosts": ["{host}"]}},
    "away": {{"pull_from": "http://{host}/away", "schedule": "* * * * *", "allowed_hosts": ["{host}"]}},
    "pushed": {{}},
}}.items():
    made = create_source(slug, adapter="kpis.csv", name=slug, department=Department.objects.organisation(),
                         acting_person=None, settings={{}}, **fields)
    print(slug, made.secrets[0])
"""
LONG = 120  # seconds that a busy machine may need
MANY = 40_000  # readings that a fast one does not apply before it is disturbed


def readings(kpi: str, count: int, *, value: int = 1) -> bytes:
    days = (date(2000, 1, 1) + timedelta(days=number) for number in range(count))
    return "\n".join(["kpi,date,value", *(f"{kpi},{day},{value}" for day in days), ""]).encode()


class Plain:
    """A site without demo content; the tests start its web server and workers, and ask its database directly."""

    def __init__(self, site: Site, services: Any, local: LocalServer) -> None:
        self.site, self.services, self.local = site, services, local
        self.secrets: dict[str, str] = {}
        self.drop = site.folder / "drop" / "folder"

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """The rows, after a commit."""
        if self.services is None:
            connection: Any = sqlite3.connect(self.site.file, timeout=30)
            sql = sql.replace("%s", "?")
        else:
            connection = psycopg.connect(self.site.env["DATABASE_URL"])
        try:
            cursor = connection.execute(sql, values)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
        finally:
            connection.close()
        return rows

    def of(self, slug: str, table: str) -> int:
        found = self.ask(
            f"SELECT count(*) FROM ingestion_{table} t JOIN ingestion_source s ON s.id = t.source_id WHERE s.slug = %s",
            slug,
        )
        return int(found[0][0])

    def states(self, slug: str) -> list[str]:
        rows = self.ask(
            "SELECT state FROM ingestion_delivery d JOIN ingestion_source s ON s.id = d.source_id WHERE s.slug = %s",
            slug,
        )
        return [row[0] for row in rows]

    def readings(self, kpi: str) -> int:
        return int(
            self.ask("SELECT count(*) FROM kpis_reading r JOIN kpis_kpi k ON k.id = r.kpi_id WHERE k.name = %s", kpi)[
                0
            ][0]
        )

    def only(self, slug: str) -> None:
        """Nothing but this source is pulled."""
        self.ask("UPDATE ingestion_source SET paused = (slug <> %s)", slug)

    def time_passes(self) -> None:
        """Leases and claims of dead workers have run out, and everything is due."""
        long_ago = "2001-01-01 00:00:00+00:00" if self.services is not None else "2001-01-01 00:00:00"
        self.ask("UPDATE jobs_lease SET until = %s", long_ago)
        self.ask("UPDATE ingestion_source SET next_run_at = %s WHERE schedule <> ''", long_ago)

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        with (self.site.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"], cwd=ROOT, env=self.site.env, stdout=log, stderr=log
            )
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    process.terminate()
                process.wait(timeout=60)


def killed(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


@pytest.fixture(scope="module")
def plain(migrated: Migrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    services, state = None, Path(tempfile.mkdtemp(prefix="folkmoot-ingestion-"))
    with pytest.MonkeyPatch.context() as patch, serving() as local:
        if "DATABASE_URL" in os.environ:
            from tests.services.services import Services

            state.chmod(0o755)  # the server runs as a user of its own
            services = Services(state)
            services.start("postgres")
            patch.setenv("DATABASE_URL", services.environment()["FOLKMOOT_TEST_DATABASE_URL"])
        site = Site(tmp_path_factory.mktemp("plain"))
        migrated.into(site)
        site.manage("shell", "-v", "0", "-c", PEOPLE.format(password="x"))
        made = Plain(site, services, local)
        told = site.manage("shell", "-v", "0", "-c", SOURCES.format(host=local.host))
        made.secrets = dict(line.split() for line in told.splitlines() if len(line.split()) == 2)
        made.drop.mkdir(parents=True)
        yield made
        if services is not None:
            services.stop()
        shutil.rmtree(state)


def test_f7_a_worker_killed_while_it_applies_a_file_is_one_result_when_another_goes_on(plain: Plain) -> None:
    plain.only("folder")
    file = plain.drop / "beds.csv"
    file.write_bytes(readings("beds", MANY))
    os.utime(file, (1_000_000_000, 1_000_000_000))
    plain.time_passes()
    with plain.worker() as first:
        eventually(lambda: plain.of("folder", "record") > 0, seconds=LONG, what="the worker has begun")
        killed(first)
    done = plain.of("folder", "record")
    assert 0 < done < MANY, "it was killed too late to show anything"
    assert not (plain.drop / "done").exists()
    plain.time_passes()
    with plain.worker():
        eventually(lambda: (plain.drop / "done" / "beds.csv").exists(), seconds=LONG, what="it is applied and put away")
    assert plain.states("folder") == ["applied"]
    assert plain.of("folder", "record") == plain.readings("beds") == MANY
    assert [path.name for path in plain.drop.rglob("*") if path.is_file()] == ["beds.csv"]
    assert sorted(row[0] for row in plain.ask("SELECT state FROM ingestion_run")) == ["done", "failed"]


def test_f7_a_worker_killed_while_it_fetches_has_kept_nothing_and_the_next_fetches_all(plain: Plain) -> None:
    plain.only("slow")
    body = readings("slow", 50)
    began = threading.Event()

    def half(request: Any) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) // 2])
        request.wfile.flush()
        began.set()
        time.sleep(20)

    plain.local.answers["/slow"] = half
    plain.time_passes()
    with plain.worker() as first:
        assert began.wait(LONG)
        killed(first)
    assert plain.states("slow") == []
    plain.local.answers["/slow"] = answer(body=body, content_type="text/csv")
    plain.time_passes()
    with plain.worker():
        eventually(lambda: plain.states("slow") == ["applied"], seconds=LONG, what="it is fetched and applied")
    assert plain.of("slow", "record") == plain.readings("slow") == 50


def test_f9_f10_the_same_webhook_many_times_at_once_is_one_and_an_older_one_changes_nothing(plain: Plain) -> None:
    plain.only("pushed")
    site, secret, now = plain.site, plain.secrets["pushed"], int(time.time())
    plain.time_passes()
    site.start()
    try:
        body = readings("pushed", 20, value=2)
        with ThreadPoolExecutor(8) as at_once:
            answers = list(at_once.map(lambda _n: Feeds.push(site, "pushed", secret, body, at=now), range(8)))
        assert {one.status_code for one in answers} <= {202, 503}
        kept = [one.json() for one in answers if one.status_code == 202]
        assert len({one["receipt"] for one in kept}) == 1
        again = Feeds.push(site, "pushed", secret, body, at=now)
        assert again.json()["receipt"] == kept[0]["receipt"]
        eventually(lambda: plain.states("pushed") == ["applied"], seconds=LONG, what="it is applied")
        older = readings("pushed", 20, value=1)
        assert Feeds.push(site, "pushed", secret, older, at=now - 60).status_code == 202
        eventually(
            lambda: sorted(plain.states("pushed")) == ["applied", "ignored"],
            seconds=LONG,
            what="the older one is looked at",
        )
    finally:
        site.stop()
    assert plain.of("pushed", "record") == plain.readings("pushed") == 20
    values = plain.ask(
        "SELECT DISTINCT r.value FROM kpis_reading r JOIN kpis_kpi k ON k.id = r.kpi_id WHERE k.name = 'pushed'"
    )
    assert [float(row[0]) for row in values] == [2.0]


def test_a_delivery_without_a_length_that_is_too_large_is_refused_and_none_of_it_kept(plain: Plain) -> None:
    before, sent = plain.of("pushed", "delivery"), []

    def endless() -> Iterator[bytes]:
        while len(sent) < 2000:
            sent.append(64 * 1024)
            yield b"x" * 64 * 1024

    plain.site.start()
    try:
        with suppress(httpx.TransportError):  # the connection is closed under whoever goes on sending
            answer = httpx.post(f"{plain.site.url}/ingest/pushed/", content=endless(), timeout=60)
            assert answer.status_code == 413
        assert sum(sent) < 60 * 1024 * 1024, "it was read to its end"
        assert httpx.get(f"{plain.site.url}/livez", timeout=20).status_code == 200
    finally:
        plain.site.stop()
    assert plain.of("pushed", "delivery") == before


@contextmanager
def database_away(plain: Plain) -> Iterator[None]:
    """PostgreSQL is killed and started again; SQLite belongs to another writer meanwhile."""
    if plain.services is not None:
        plain.services.kill("postgres")
        yield
        plain.services.restart("postgres")
    else:
        other = sqlite3.connect(plain.site.file, isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("COMMIT")
        other.close()


def test_a_database_that_is_gone_for_ten_seconds_costs_time_only(plain: Plain) -> None:
    plain.only("away")
    plain.local.answers["/away"] = answer(body=readings("away", MANY), content_type="text/csv")
    plain.time_passes()
    with plain.worker() as worker:
        eventually(lambda: plain.of("away", "record") > 0, seconds=LONG, what="the worker has begun")
        with database_away(plain):
            time.sleep(10)
        assert plain.of("away", "record") < MANY, "it was away too late to show anything"
        eventually(lambda: plain.states("away") == ["applied"], seconds=2 * LONG, what="the same worker goes on")
        assert worker.poll() is None
    assert plain.of("away", "record") == plain.readings("away") == MANY
