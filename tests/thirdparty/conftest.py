from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.site import own_database
from tests.prepared import Demo
from tests.thirdparty.building import builder
from tests.thirdparty.outside import Outside

# Not ours: its tests run where it is installed.
collect_ignore = ["lunch"]


@pytest.fixture(scope="module")
def outside(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """A Folkmoot with the demo organisation for the tests of one module."""
    folder = tmp_path_factory.mktemp("outside")
    shutil.copytree(demo.files, folder / "data")
    with own_database(like=demo.database) as database:
        yield Outside(folder, database)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """build(version="2.0", ...) gives a wheel; see tests.thirdparty.building.Source."""
    return builder(lambda: tmp_path_factory.mktemp("source"))
