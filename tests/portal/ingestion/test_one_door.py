"""What the platform fetches goes through one door: nothing else in it speaks to other hosts."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OTHER_DOORS = {
    "aiohttp", "ftplib", "http.client", "httpcore", "httpx", "niquests", "oauthlib", "paramiko", "pycurl", "requests",
    "smtplib", "socket", "telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc.client",
}  # fmt: skip
# Module -> what it may import of these, and why.
DOORS = {
    "portal/ingestion/fetch.py": {"httpx", "httpcore"},  # the door
    "portal/ingestion/guard.py": {"httpcore", "socket"},  # its guard
    "portal/ingestion/answers.py": {"httpx"},  # reads its answers
    "portal/ingestion/transports/pages.py": {"httpx"},  # puts addresses together
    "portal/ingestion/transports/login.py": {"oauthlib"},  # reads and writes messages, sends none
    "portal/jobs/sweep.py": {"socket"},  # the name of this machine
}


def doors_of(code: str) -> set[str]:
    """The modules of OTHER_DOORS that the code imports, also inside functions and by importlib."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            named.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named.add(node.module)
            named.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if function in ("import_module", "__import__"):
                named.add(str(node.args[0].value))
    return {door for door in OTHER_DOORS if any(name == door or name.startswith(f"{door}.") for name in named)}


def test_no_module_outside_the_fetcher_speaks_to_other_hosts():
    found = {}
    for room in ("portal", "cms", "search", "plugins"):
        for path in (ROOT / room).rglob("*.py"):
            if "tests" not in path.parts and (doors := doors_of(path.read_text())):
                found[str(path.relative_to(ROOT))] = doors
    assert found == DOORS


@pytest.mark.parametrize(
    "code",
    [
        "import requests",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen as o",
        "import http.client as c",
        "def f():\n    from httpx import get",
        "import importlib\nimportlib.import_module('urllib3.util')",
        "__import__('socket')",
    ],
)
def test_every_way_to_import_another_door_is_noticed(code):
    assert doors_of(code)


@pytest.mark.parametrize("code", ["from urllib.parse import quote", "import requests_like", "from . import requests"])
def test_what_only_looks_like_one_is_not(code):
    assert not doors_of(code)


def test_editors_cannot_make_the_platform_fetch_embeds(settings):
    from wagtail.embeds.finders import get_finders

    assert get_finders() == []
    assert settings.WAGTAIL_ENABLE_UPDATE_CHECK is False
