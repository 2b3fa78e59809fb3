"""Faults of the stores beneath a running site: a database that is restarted or locked, a disk that is full."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.e2e.site import PASSWORD, Site, Visitor, eventually, form_fields
from tests.prepared import Migrated

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PEOPLE = """
from portal.people.actions import create_department, add_membership
from portal.people.models import Person
root = create_department("Organisation", acting_person=None)
person = Person.objects.create_superuser("employee", password="{password}")
add_membership(person, root, acting_person=None, is_primary=True)
"""


@pytest.fixture
def on_postgresql() -> None:
    """Comes before the site, which is not made for nothing."""
    if "DATABASE_URL" not in os.environ:
        pytest.skip("other stack: PostgreSQL is not part of this one")


@pytest.fixture
def on_sqlite() -> None:
    if "DATABASE_URL" in os.environ:
        pytest.skip("other stack: SQLite is not part of this one")


def post(visitor: Visitor, text: str) -> httpx.Response:
    return visitor.api("POST", "microblog/posts/", json={"text": text})


@pytest.fixture
def small(migrated: Migrated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site of one person; on the full stack with a PostgreSQL of its own, which the test may kill."""
    services = None
    if "DATABASE_URL" in os.environ:
        from tests.services.services import Services

        state = Path(tempfile.mkdtemp(prefix="folkmoot-faults-"))
        state.chmod(0o755)  # the server runs as a user of its own
        services = Services(state)
        services.start("postgres")
        monkeypatch.setenv("DATABASE_URL", services.environment()["FOLKMOOT_TEST_DATABASE_URL"])
    (tmp_path / "data").mkdir()
    site = Site(tmp_path / "data")
    site.services = services  # type: ignore[attr-defined]
    migrated.into(site)
    site.manage("shell", "-c", PEOPLE.format(password=PASSWORD))
    site.start()
    yield site
    site.stop()
    if services is not None:
        services.stop()
        shutil.rmtree(state)


@pytest.mark.usefixtures("on_postgresql")
def test_f6_postgresql_restarted_under_a_request_costs_that_request_only(small: Site) -> None:
    services, visitor = small.services, small.visitor("employee")  # type: ignore[attr-defined]
    assert post(visitor, "Before the restart").status_code == 201
    services.kill("postgres")
    refused = post(visitor, "Lost in the restart")
    assert refused.status_code == 503
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert httpx.get(f"{small.url}/readyz", timeout=20).status_code == 503
    assert httpx.get(f"{small.url}/livez", timeout=20).status_code == 200
    services.restart("postgres")
    eventually(lambda: httpx.get(f"{small.url}/readyz", timeout=20).status_code == 200, what="it is ready again")
    answer = post(visitor, "After the restart")
    assert answer.status_code == 201, answer.text
    texts = [item["text"] for item in visitor.api("GET", "microblog/posts/").json()["results"]]
    assert "Before the restart" in texts
    assert "After the restart" in texts
    assert "Lost in the restart" not in texts
    eventually(lambda: not any(small.lag().values()), what="the worker goes on")


@pytest.mark.usefixtures("on_sqlite")
def test_f18_a_locked_database_is_waited_for_and_then_refused_clearly(small: Site) -> None:
    visitor = small.visitor("employee")
    other = sqlite3.connect(small.file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(2, lambda: other.execute("COMMIT")).start()
    began = time.monotonic()
    assert post(visitor, "Waited for its turn").status_code == 201
    assert time.monotonic() - began > 1
    other.execute("BEGIN IMMEDIATE")
    refused = post(visitor, "Came too late")
    other.execute("COMMIT")
    other.close()
    assert refused.status_code == 503
    assert "Nothing was changed" in refused.json()["detail"]
    texts = [item["text"] for item in visitor.api("GET", "microblog/posts/").json()["results"]]
    assert texts == ["Waited for its turn"]


@pytest.fixture
def full_disk(small: Site) -> Iterator[Path]:
    """The site's files on a disk of 64 KiB."""
    folder = small.folder / "files"
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*prefix, "mount", "-t", "tmpfs", "-o", "size=64k,mode=0777", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run([*prefix, "umount", str(folder)], check=True)


def test_f12_a_full_disk_on_upload_is_said_and_leaves_nothing(small: Site, full_disk: Path, tmp_path: Path) -> None:
    picture = tmp_path / "noise.png"
    Image.effect_noise((600, 600), 90).save(picture)
    assert picture.stat().st_size > 100_000
    visitor = small.visitor("employee")
    fields = form_fields(visitor.get("/admin/images/add/").text) | {
        "title": "Noise",
        "csrfmiddlewaretoken": visitor.token,
    }
    with picture.open("rb") as stream:
        answer = visitor.post(
            "/admin/images/add/",
            data=fields,
            files={"file": ("noise.png", stream, "image/png")},
            headers={"Referer": small.url},
        )
    assert answer.status_code == 507
    assert [path for path in full_disk.rglob("*") if path.is_file()] == []
    counted = small.manage("shell", "-c", "from wagtail.images.models import Image; print(Image.objects.count())")
    assert counted.strip().endswith("0")
