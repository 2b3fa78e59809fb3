"""An environment of its own, into which real wheels are installed: never the one the tests run in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)

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


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Builds a real wheel, once for each source."""
    made: dict[str, Path] = {}

    def run(**fields: Any) -> Path:
        source = Source(**fields)
        if repr(source) not in made:
            made[repr(source)] = _build(source, tmp_path_factory.mktemp("source"))
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


@dataclass
class House:
    """An installation: an environment with this checkout, and a database and data of its own."""

    python: Path
    data: Path
    environment: dict[str, str]

    def manage(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.python), "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def plugins(self, *arguments: str, **more: str) -> Any:
        done = self.manage("plugins", *arguments, "--json", **more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, *arguments: str, code: int = 4) -> str:
        """What it says, in one line."""
        done = self.manage("plugins", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr.strip().splitlines()[-1]

    def installed(self) -> set[str]:
        """The packages in this environment itself."""
        site = next(self.python.parent.parent.glob("lib/python*/site-packages"))
        return {path.name for path in site.iterdir() if path.name != "base.pth" and path.name != "__pycache__"}

    def tables(self) -> str:
        return self.manage(
            "shell", "-c", "from django.db import connection as c; print(c.introspection.table_names())"
        ).stdout


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated from nothing, once; with an organisation, to which the history belongs."""
    data = tmp_path_factory.mktemp("empty")
    house = House(Path(sys.executable), data, _environment(data))
    made = "from portal.people.models import Department; Department.add_root(name='Merekaar', slug='merekaar')"
    for arguments in (("migrate", "-v", "0"), ("shell", "-c", made)):
        done = house.manage(*arguments)
        assert done.returncode == 0, done.stderr
    return data


def _environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return kept | pip | {"FOLKMOOT_DATA_DIR": str(data), "PYTHONPATH": str(ROOT), "LANGUAGE": "en"}


@pytest.fixture
def house(empty_database: Path, tmp_path: Path) -> House:
    """Fresh for each test. What the tests run with is seen by it, and cannot be changed."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=120)
    site = next(environment.glob("lib/python*/site-packages"))
    (site / "base.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    data = tmp_path / "data"
    shutil.copytree(empty_database, data)
    found = House(environment / "bin" / "python", data, _environment(data))
    told = subprocess.run(
        [str(found.python), "-c", "import portal; print(portal.__file__)"],
        cwd=ROOT,
        env=found.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert Path(told.stdout.strip()).is_relative_to(ROOT), told.stderr
    return found
