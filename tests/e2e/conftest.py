from __future__ import annotations

import hashlib
import hmac
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.chromium import launched
from tests.e2e.site import Site, free_port
from tests.prepared import Demo


@pytest.fixture(scope="package")
def site(demo: Demo) -> Iterator[Site]:
    """The seeded demo, running; shared by the tests of this folder, which each look at things of their own."""
    demo.site.start()
    yield demo.site
    demo.site.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


class Feeds:
    """A local system that delivers: files by HTTP, and signed pushes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        handler = type("Handler", (_Quiet,), {"folder": str(folder)})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def put(self, name: str, content: str) -> None:
        (self.folder / name).write_text(content)

    @staticmethod
    def push(site: Site, source: str, secret: str, body: bytes, *, at: int | None = None) -> httpx.Response:
        stamp = str(at or int(time.time()))
        signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"X-Folkmoot-Timestamp": stamp, "X-Folkmoot-Signature": f"sha256={signature}"}
        return httpx.post(f"{site.url}/ingest/{source}/", content=body, headers=headers, timeout=10)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    folder = ""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, directory=self.folder, **kwargs)  # type: ignore[arg-type,misc]

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def feeds(tmp_path: Path) -> Iterator[Feeds]:
    served = Feeds(tmp_path)
    yield served
    served.server.shutdown()
    served.server.server_close()
