"""Folkmoot's own wheel holds what its packages need beside code: pages, styles, translations, the scaffold."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.thirdparty.outside import ROOT, copy_of

PACKAGES = ("portal", "cms", "search", "plugins", "demo")
# What translations are made from, and what running leaves behind.
NOT_PACKED = {".po", ".pyc"}


def files_of(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for package in PACKAGES
        for path in (folder / package).rglob("*")
        if path.is_file() and path.suffix not in NOT_PACKED
    }


def test_the_wheel_holds_every_file_of_its_packages(tmp_path):
    for package in PACKAGES:
        copy_of(ROOT / package, tmp_path / "source" / package)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / "source")
    wanted = files_of(tmp_path / "source")
    command = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *command, str(tmp_path / "source")],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    held = set(zipfile.ZipFile(next(tmp_path.glob("folkmoot-*.whl"))).namelist())
    assert wanted - held == set()
    assert {
        "portal/host/scaffold/folkmoot_NAME/apps.py-tpl",
        "portal/host/templates/host/matrix.html",
        "portal/locale/et/LC_MESSAGES/django.mo",
        "portal/static/portal/icons.svg",
    } <= held
