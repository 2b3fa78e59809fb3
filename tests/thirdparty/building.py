"""Small plugins, sound and broken ones, built into real wheels."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "{version}"
description = "What the canteen serves."
dependencies = {dependencies}

{entry}
"""
ENTRY = '[project.entry-points."folkmoot.plugins"]\n{slug} = "{package}.apps:Config"\n'
APPS = """
from portal.host import Manifest, Plugin

class Config(Plugin):
    name = "{package}"
    label = "{label}"
    manifest = Manifest(
        slug="{slug}", title="Lunch", summary="What the canteen serves.", version="{version}",
        api="{api}", requires={requires},
    )
"""
MODELS = "from django.db import models\n\n\nclass Menu(models.Model):\n    text = models.TextField()\n"
FIRST = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel("Menu", [("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())])
    ]
"""
SECOND = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("lunch", "0001_first")]
    operations = [{operation}]
"""


@dataclass
class Source:
    """A plugin's package to be built; `migrations` are files beside its models."""

    name: str = "folkmoot-lunch"
    package: str = "folkmoot_lunch"
    slug: str = "lunch"
    label: str = "lunch"
    version: str = "1.0"
    api: str = ">=1,<2"
    requires: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    is_plugin: bool = True
    apps: str = ""
    migrations: tuple[str, ...] = ()


def builder(folder: Callable[[], Path]) -> Callable[..., Path]:
    """Builds the wheel of a Source with such fields, once for each."""
    made: dict[str, Path] = {}

    def run(**fields: Any) -> Path:
        source = Source(**fields)
        if repr(source) not in made:
            made[repr(source)] = _build(source, folder())
        return made[repr(source)]

    return run


def _build(source: Source, folder: Path) -> Path:
    package = folder / "src" / source.package
    package.mkdir(parents=True)
    entry = ENTRY.format(slug=source.slug, package=source.package) if source.is_plugin else ""
    facts = {"name": source.name, "version": source.version, "dependencies": json.dumps(source.dependencies)}
    (folder / "pyproject.toml").write_text(PYPROJECT.format(entry=entry, **facts))
    (package / "__init__.py").touch()
    (package / "apps.py").write_text(source.apps or APPS.format(**vars(source)))
    if source.migrations:
        (package / "models.py").write_text(MODELS)
        (package / "migrations").mkdir()
        (package / "migrations" / "__init__.py").touch()
        for name, text in zip(("0001_first", "0002_second"), source.migrations, strict=False):
            (package / "migrations" / f"{name}.py").write_text(text)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--wheel-dir", str(folder / "dist"), str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next((folder / "dist").glob("*.whl"))
