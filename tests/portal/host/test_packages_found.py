"""Packages as they lie in an environment, and what the start of the site says of those that do not fit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from portal.host.console.pages import readme_of
from portal.host.discovery import distribution_of
from portal.host.plugin import Manifest
from portal.host.registry import Installed

APPS = """
from portal.host.plugin import Manifest, Plugin

class Config(Plugin):
    name = "{package}"
    label = "{label}"
    manifest = Manifest(slug="{slug}", title="Lunch", summary="What the canteen serves.", version="1.0.0")
"""
METADATA = "Metadata-Version: 2.1\nName: {package}\nVersion: 1.0.0\n\nTells what the canteen serves.\n"


def package(site: Path, name: str, slug: str, label: str, **modules: str) -> None:
    """An installed package: its modules beside its metadata."""
    folder, metadata = site / name, site / f"{name}-1.0.0.dist-info"
    folder.mkdir()
    metadata.mkdir()
    (folder / "__init__.py").touch()
    (folder / "apps.py").write_text(APPS.format(package=name, label=label, slug=slug))
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    (metadata / "METADATA").write_text(METADATA.format(package=name))
    (metadata / "entry_points.txt").write_text(f"[folkmoot.plugins]\n{slug} = {name}.apps:Config\n")


def manage(site: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | {"PYTHONPATH": str(site), "LANGUAGE": "en"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_of_two_plugins_with_one_app_label_one_is_loaded_and_the_other_told(tmp_path: Path) -> None:
    package(tmp_path, "a_lunch", "lunch", "meals")
    package(tmp_path, "b_dinner", "dinner", "meals")
    done = manage(tmp_path, "plugins", "list", "--json")
    found = {plugin["slug"]: plugin for plugin in json.loads(done.stdout)}
    assert found["lunch"]["state"] == "active"
    assert found["dinner"]["state"] == "not loaded"
    assert "a_lunch (a_lunch.apps:Config) has the same app label" in found["dinner"]["problem"]


@pytest.mark.parametrize(
    ("label", "models", "said"),
    [
        ("wagtailcore", "", "plugin 'lunch' has the app label 'wagtailcore', which wagtail has"),
        ("lunch", "import soup\n", "the models of plugin 'lunch' cannot be imported (ModuleNotFoundError"),
    ],
)
def test_what_cannot_be_loaded_beside_the_rest_stops_the_start_with_one_line(
    tmp_path: Path, label: str, models: str, said: str
) -> None:
    package(tmp_path, "a_lunch", "lunch", label, models=models)
    done = manage(tmp_path, "check")
    assert done.returncode == 1
    assert done.stderr.startswith(f"Folkmoot cannot start: {said}")
    assert "FOLKMOOT_PLUGINS_EXCLUDE=lunch" in done.stderr
    assert done.stderr.count("\n") == 1
    assert manage(tmp_path, "check", FOLKMOOT_PLUGINS_EXCLUDE="lunch").returncode == 0


def test_without_a_readme_the_packages_own_description_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, "a_lunch", "lunch", "lunch")
    monkeypatch.syspath_prepend(str(tmp_path))
    config = type("Config", (SimpleNamespace,), {"__module__": "a_lunch.apps"})(name="a_lunch")
    plugin = Installed(Manifest(slug="lunch", title="Lunch", summary="", version="1"), config)
    found = distribution_of("lunch", "a_lunch.apps")
    assert found is not None
    assert found.name == "a_lunch"
    assert readme_of(plugin) == "Tells what the canteen serves."
    (tmp_path / "a_lunch" / "README.md").write_text("# Lunch")
    assert readme_of(plugin) == "# Lunch"
