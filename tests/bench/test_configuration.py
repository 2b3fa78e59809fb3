"""Without services the bench says in one line how to start them."""

from __future__ import annotations

import pytest

from bench import config
from bench.__main__ import arguments, main


@pytest.fixture
def nothing_configured(monkeypatch):
    for name in ("FOLKMOOT_TEST_DATABASE_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_database_it_says_how_to_start_one(nothing_configured, capsys):
    assert main(["--sizes", "10k"]) == 2
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1
    assert "tests/services/services.py start" in said


def test_sqlite_is_no_database_for_the_bench(nothing_configured, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///somewhere.sqlite3")
    with pytest.raises(config.NotConfigured):
        config.services()


def test_it_works_in_databases_of_its_own(nothing_configured, monkeypatch):
    monkeypatch.setenv("FOLKMOOT_TEST_DATABASE_URL", "postgres://me:secret@127.0.0.1:5000/folkmoot")
    found = config.services()
    assert found.database("10k") == "postgres://me:secret@127.0.0.1:5000/folkmoot_bench_10k"
    environment = found.environment("10k", "name")
    assert environment["FOLKMOOT_SEARCH_PREFIX"] == "folkmoot_bench_10k"
    assert not any(name.startswith("FOLKMOOT_TEST_") for name in environment)


def test_sizes_are_ordered_and_unknown_names_refused():
    assert arguments(["--sizes", "1m,10k"]).sizes == ["10k", "1m"]
    with pytest.raises(SystemExit):
        arguments(["--scenarios", "weather"])
