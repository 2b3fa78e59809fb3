"""A whole Folkmoot of its own for a test: fresh database, seeded demo, web server and worker as real processes."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.chromium import RULES

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "folkmoot-demo"
T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_database(server: str, *, like: str = "") -> str:
    """The address of a new, empty PostgreSQL database on a server, or of a copy of one there that nobody is in."""
    name = f"e2e_{secrets.token_hex(4)}"
    template = f' TEMPLATE "{urlsplit(like).path[1:]}"' if like else ""
    with psycopg.connect(_named(server, "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{template}')
    return _named(server, name)


def drop_database(url: str) -> None:
    with psycopg.connect(_named(url, "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)')


@contextmanager
def own_database(*, like: str = "") -> Iterator[str]:
    """A new database on the stack's server, dropped afterwards; "" on the stack without a server."""
    if not (server := os.environ.get("DATABASE_URL", "")):
        yield ""
        return
    made = new_database(server, like=like)
    try:
        yield made
    finally:
        drop_database(made)


def _named(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def eventually(check: Callable[[], T], *, seconds: float = 30, what: str = "") -> T:
    """The first true result of `check`; fails with the last one when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or check}; last: {result!r}")
        time.sleep(0.2)


class Visitor(httpx.Client):
    """Somebody with a browser session: forms are sent with the CSRF token, as their pages would."""

    def __init__(self, base: str) -> None:
        super().__init__(base_url=base, follow_redirects=True, timeout=30)

    def log_in(self, username: str) -> Visitor:
        self.get("/accounts/login/")
        answer = self.form("/accounts/login/", {"username": username, "password": PASSWORD})
        assert "/accounts/login/" not in str(answer.url), f"{username} could not log in"
        return self

    @property
    def token(self) -> str:
        return self.cookies.get("csrftoken") or ""

    def form(self, address: str, data: dict[str, Any]) -> httpx.Response:
        headers = {"Referer": str(self.base_url), "X-CSRFToken": self.token}
        return self.post(address, data=data, headers=headers)

    def api(self, method: str, address: str, **kwargs: Any) -> httpx.Response:
        headers = {"Referer": str(self.base_url), "X-CSRFToken": self.token, "Accept": "application/json"}
        return self.request(method, f"/api/v1/{address}", headers=headers, **kwargs)

    def found(self, q: str, **params: Any) -> dict[str, Any]:
        answer = self.api("GET", "search/", params={"q": q, **params})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def titles(self, q: str) -> list[str]:
        return [hit["title"] for hit in self.found(q)["results"]]


class Site:
    """Starts and stops the processes; everything else goes through HTTP or the command line."""

    def __init__(self, folder: Path, *, like: str = "", own: Mapping[str, str] | None = None) -> None:
        """`like`: the address of a PostgreSQL database to begin with a copy of. `own`: Services.environment() of
        servers that it uses instead of the stack's.
        """
        self.folder = folder
        self.file = folder / "folkmoot.sqlite3"  # on the stack without a server
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.env = self._environment(like, own or {})

    def _environment(self, like: str, own: Mapping[str, str]) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("FOLKMOOT_") or k == "FOLKMOOT_TEST_STACK"}
        env = kept | {
            "FOLKMOOT_DATA_DIR": str(self.folder),
            "FOLKMOOT_DEMO": "1",
            "FOLKMOOT_BASE_URL": self.url,
            "FOLKMOOT_SEARCH_PREFIX": f"e2e-{secrets.token_hex(4)}",
            "PYTHONWARNINGS": "default",
        }
        env |= {name.removeprefix("FOLKMOOT_TEST_"): url for name, url in own.items() if name.endswith("_URL")}
        if database := env.get("DATABASE_URL"):
            env["DATABASE_URL"] = new_database(database, like=like)
        return env

    def manage(self, *args: str, check: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert not check or done.returncode == 0, f"{args}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def manage_json(self, *args: str) -> Any:
        return json.loads(self.manage(*args, "--json"))

    def start(self) -> None:
        self.log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(self.port)],
            cwd=ROOT,
            env=self.env,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        eventually(self.is_up, seconds=60, what="the server answers")

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=30)
            self.log.close()

    def visitor(self, username: str) -> Visitor:
        return Visitor(self.url).log_in(username)

    def lag(self) -> dict[str, int]:
        """How many entries each index is behind."""
        return httpx.get(f"{self.url}/readyz", timeout=10).json()["index_lag"]


def form_fields(html: str) -> dict[str, str]:
    """Every field of a page's forms as it stands there: what a browser would send back untouched."""
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", html):
        name, value, kind = (_attribute(tag, a) for a in ("name", "value", "type"))
        ticked = kind in {"checkbox", "radio"} and " checked" in tag
        if name and (ticked or kind in {"", "hidden", "text", "number", "date"}):
            fields[name] = value or ("on" if ticked else "")
    for name, options in re.findall(r'<select\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = [_attribute(tag, "value") for tag in re.findall(r"<option\b[^>]*\bselected\b[^>]*>", options)]
        if chosen:
            fields[name] = chosen[0]
    return fields


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def is_fine(page: Page, *, within: str = "html") -> None:
    """It fits its window, and axe finds nothing in that part of it."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} scrolls sideways"
    found = Axe().run(page, context=within, options=RULES)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()[:3000]}"


def log_in(page: Page, site: Site, username: str = "employee") -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{site.url}/")
