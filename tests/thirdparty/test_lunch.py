"""A plugin from elsewhere, by the way of whoever installs it: as a wheel, with pip and `manage.py plugins`."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.thirdparty.outside import ROOT, Outside, copy_of

SOURCE = Path(__file__).parent / "lunch"
HERE = "merekaar/parnu/emergency"


@pytest.fixture(scope="module")
def wheel(outside: Outside) -> Path:
    source = copy_of(SOURCE, outside.folder / "lunch")
    outside.pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(outside.folder), str(source))
    return next(outside.folder.glob("folkmoot_lunch-*.whl"))


def test_the_wheel_holds_all_of_the_package_and_nothing_else(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = SOURCE / "folkmoot_lunch"
    there = {str(path.relative_to(SOURCE)) for path in package.rglob("*") if path.suffix in (".py", ".html", ".md")}
    assert held == there
    assert {"folkmoot_lunch/README.md", "folkmoot_lunch/templates/lunch/block.html"} <= held


def test_it_lives_from_install_to_restore(outside, wheel):
    outside.pip("install", "--no-deps", str(wheel))
    assert Path(outside.inside("file_of", "portal")) == ROOT / "portal" / "__init__.py"
    assert Path(outside.inside("file_of", "folkmoot_lunch")).is_relative_to(outside.venv)
    outside.manage("migrate", "--verbosity", "0")
    assert [p["state"] for p in outside.plugins("list") if p["slug"] == "lunch"] == ["active"]
    assert outside.plugins("enable", "lunch", "--department", HERE, "--reason", "a trial")["done"]
    outside.plugins("settings", "lunch", "--department", HERE, "--set", "days=7")
    page = str(outside.inside("have_lunch", HERE))
    before, seen = outside.inside("rows", "lunch"), outside.inside("visit", page)
    assert {label for label, rows in before.items() if rows} >= {
        "lunch.menu", "catalogue.entry", "timeline.activity", "host.rule", "host.pluginsettings", "ingestion.record",
    }  # fmt: skip
    assert [name for name, value in seen.items() if not value] == ["elsewhere"]

    retired = outside.plugins("retire", "lunch", "--reason", "the canteen is closed")
    assert retired["rows"]["lunch.menu"] == 2
    outside.pip("uninstall", "--yes", "folkmoot-lunch")
    assert "lunch" not in {plugin["slug"] for plugin in outside.plugins("list")}
    outside.manage("check")
    outside.manage("makemigrations", "--check", "--dry-run")
    without = outside.inside("visit", page)
    assert [name for name, value in without.items() if value] == ["text", "editable", "stored"]
    assert without["stored"] == seen["stored"]

    assert outside.plugins("install", str(wheel))["plugin"] == "lunch"
    assert outside.plugins("restore", "lunch")["state"] == "restored"
    assert outside.inside("rows", "lunch") == before
    assert outside.inside("visit", page) == seen


@pytest.mark.parametrize("folder", ["portal", "cms", "search", "templates", "demo", "plugins"])
def test_nothing_of_ours_knows_it(folder):
    kinds = (".py", ".html", ".md", ".toml", ".js", ".yaml", "-tpl")
    files = [path for path in (ROOT / folder).rglob("*") if path.name.endswith(kinds)]
    assert files
    assert [str(path) for path in files if "folkmoot_lunch" in path.read_text(encoding="utf-8")] == []
