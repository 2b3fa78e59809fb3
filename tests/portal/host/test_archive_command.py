"""The whole way by command: the tables are really dropped, so these tests commit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.host.cli.verb import Exit
from portal.host.models import Archive
from portal.host.privacy import erase_person
from tests.portal.host.plugin_data import SLUGS, fill, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def plugins(*words: str) -> Any:
        capsys.readouterr()
        call_command("plugins", *words, "--json")
        return json.loads(capsys.readouterr().out)

    return plugins


def refused(code: Exit, *words: str) -> None:
    with pytest.raises(CommandError) as error:
        call_command("plugins", *words)
    assert error.value.returncode == code


def tables(slug: str) -> list[str]:
    return [name for name in connection.introspection.table_names() if name.startswith(f"{slug}_")]


@pytest.fixture
def all_tables():
    """Whatever a test leaves behind, the next one finds the tables."""
    yield
    call_command("migrate", verbosity=0)


def test_retired_plugins_lose_their_tables_and_come_back_identical(emergency, bob, alice, run, all_tables):
    fill(emergency, bob, alice)
    before = {slug: rows_of(slug) for slug in SLUGS}
    for slug in SLUGS:
        retired = run("retire", slug, "--reason", "not used")
        assert retired["state"] == "retired"
        assert tables(slug) == []
    refused(Exit.REFUSED, "retire", "kpis")
    assert {archive["plugin"] for archive in run("archives")} == set(SLUGS)
    for slug in SLUGS:
        assert run("restore", slug)["state"] == "restored"
    assert {slug: rows_of(slug) for slug in SLUGS} == before
    refused(Exit.REFUSED, "restore", "kpis")
    refused(Exit.NOT_FOUND, "restore", "nothing")


def test_erasure_reaches_a_plugin_without_tables(emergency, bob, alice, run, all_tables):
    fill(emergency, bob, alice)
    run("retire", "microblog")
    assert erase_person(bob, acting_person=None)[f"microblog:{Archive.objects.get().pk}"] == 1
    run("restore", "microblog")
    assert [post["author_id"] for post in rows_of("microblog")["microblog.post"]] == [alice.pk]


def test_purging_needs_the_name_twice_and_an_export(emergency, bob, alice, run):
    fill(emergency, bob, alice)
    refused(Exit.REFUSED, "purge", "kpis")
    refused(Exit.REFUSED, "purge", "kpis", "--yes", "kpis")
    exported = run("export", "kpis")
    run("purge", "kpis", "--yes", "kpis")
    assert not rows_of("kpis")["kpis.kpi"]
    assert run("restore", "kpis", "--archive", str(exported["id"]))["rows"]["kpis.kpi"] == 1
    assert run("discard", "kpis", str(exported["id"]))["id"] == exported["id"]
    assert run("archives") == []


def test_privacy_by_command_says_what_every_plugin_holds(emergency, bob, alice, capsys):
    fill(emergency, bob, alice)
    call_command("privacy", "export", "bob", "--json")
    held = json.loads(capsys.readouterr().out)
    assert set(held) == set(SLUGS)
    assert [post["text"] for post in held["microblog"]["posts"]] == ["Pumps are on floor 3"]
    call_command("privacy", "erase", "bob", "--json")
    assert json.loads(capsys.readouterr().out)["tasks"] == 2
    with pytest.raises(CommandError) as error:
        call_command("privacy", "erase", "nobody")
    assert error.value.returncode == Exit.NOT_FOUND
