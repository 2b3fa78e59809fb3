"""Public test files of CSV, XLSX and iCalendar, as others publish them with their packages. See README.md."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("FOLKMOOT_TEST_SUITES") or ROOT / "var" / "suites")
HOW = "its files are not here: python tests/suites/fetch.py (see tests/suites/README.md)"


def folder(package: str) -> Path:
    """Where the files of a package are. Skips the test if nobody has fetched them."""
    place = FOLDER / package
    if not place.is_dir():
        pytest.skip(f"{package}: {HOW}")
    return place


def files(package: str, *patterns: str) -> list[Path]:
    """All files of a package that match; there must be some, so that a package that changed is noticed."""
    found = sorted(path for pattern in patterns for path in folder(package).rglob(pattern))
    assert found, f"{package} has no {' or '.join(patterns)}"
    return found
