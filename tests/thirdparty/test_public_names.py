"""What docs/plugins.md offers to plugins is there, and is all that plugins from elsewhere use."""

from __future__ import annotations

import ast
import re
from importlib import import_module, util
from pathlib import Path

import pytest

from tests.thirdparty.outside import ROOT

ROW = re.compile(r"^\| `(portal[\w.]*)` \| (.+?) \|", re.MULTILINE)
ELSEWHERE = {
    "the canteen's menu": (ROOT / "tests" / "thirdparty" / "lunch", "*.py"),
    "what plugins new writes": (ROOT / "portal" / "host" / "scaffold", "*.py-tpl"),
    "what plugins new --adapter writes": (ROOT / "portal" / "host" / "scaffold_adapter", "*.py-tpl"),
}


def offered() -> set[tuple[str, str]]:
    document = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    return {(module, name) for module, names in ROW.findall(document) for name in re.findall(r"`(\w+)`", names)}


def imported(path: Path) -> set[tuple[str, str]]:
    code = path.read_text(encoding="utf-8").replace("$module", "module").replace("$config", "Config")
    nodes = list(ast.walk(ast.parse(code)))
    plain = {(alias.name, "") for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    chosen = {(n.module or "", alias.name) for n in nodes if isinstance(n, ast.ImportFrom) for alias in n.names}
    ours = ("portal", "cms", "search", "plugins", "demo", "tests")
    return {(module, name) for module, name in plain | chosen if module.partition(".")[0] in ours}


@pytest.mark.parametrize(("module", "name"), sorted(offered()))
def test_what_is_offered_is_there(module, name):
    assert hasattr(import_module(module), name) or util.find_spec(f"{module}.{name}")


@pytest.mark.parametrize("plugin", ELSEWHERE)
def test_a_plugin_from_elsewhere_uses_nothing_else(plugin):
    folder, pattern = ELSEWHERE[plugin]
    used = set().union(*(imported(path) for path in folder.rglob(pattern)))
    assert len(used) >= 15
    assert used - offered() == set()
