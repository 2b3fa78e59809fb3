from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.thirdparty.building import builder
from tests.thirdparty.outside import Outside, own_database

# Not ours: its tests run where it is installed.
collect_ignore = ["lunch"]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """The demo organisation, to be copied."""
    with own_database() as database:
        made = Outside(tmp_path_factory.mktemp("seeded"), database)
        made.manage("demo", "--seed-only")
        yield made


@pytest.fixture(scope="module")
def outside(seeded: Outside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """A Folkmoot for the tests of one module."""
    folder = tmp_path_factory.mktemp("outside")
    shutil.copytree(seeded.data, folder / "data")
    with own_database(seeded.database) as database:
        yield Outside(folder, database)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """build(version="2.0", ...) gives a wheel; see tests.thirdparty.building.Source."""
    return builder(lambda: tmp_path_factory.mktemp("source"))
