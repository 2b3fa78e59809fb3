"""The ten minutes of docs/plugins.md: every command in it is run, in its order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.thirdparty.outside import ROOT, Outside

DOCUMENT = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\s*(?:\$ )?(?:python|pip|make|patch|\(?cd|\.venv/bin/\S+|\. )\s.*$", re.MULTILINE)


def commands() -> Iterator[tuple[str, str]]:
    """The heading above it, and the commands of each block."""
    for part in re.split(r"^#+ ", DOCUMENT, flags=re.MULTILINE)[1:]:
        heading = part.partition("\n")[0]
        for block in FENCE.findall(part):
            yield heading, block


def readers(outside: Outside) -> set[str]:
    return set(outside.inside("readers_of", "Soup at the window", "/", "/app/canteen/", "/search/?q=bowl"))


def test_every_command_works_in_the_order_of_the_document(outside):
    for heading, block in commands():
        outside.run("bash", "-euo", "pipefail", "-c", block)
        if heading.startswith("4."):
            outside.inside("write", "/app/canteen/new/", "Soup at the window\nBring a bowl", "Ground floor")
            assert readers(outside) == {"employee"}
        if "plugins retire" in block:
            assert readers(outside) == set()
            assert "canteen" not in {plugin["slug"] for plugin in outside.plugins("list")}
    assert readers(outside) == {"employee"}
    assert outside.inside("readers_of", "Ground floor", "/app/canteen/1/") == ["employee"]


def test_no_command_stands_where_no_test_runs_it():
    assert len(list(commands())) >= 8
    assert COMMAND.findall(FENCE.sub("", DOCUMENT)) == []
    assert COMMAND.findall("    python manage.py migrate\n")
