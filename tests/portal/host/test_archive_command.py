"""The whole way by command: the tables are really dropped, so these tests commit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from wagtail.models import ModelLogEntry

from plugins.kpis.models import Kpi
from plugins.microblog.actions import delete_post, publish_post
from portal.host.archive import restoring, retiring
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


def history_of(slugs: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The audit log of the plugins' rows, with what kind of row each line is about."""
    lines = ModelLogEntry.objects.filter(content_type__app_label__in=slugs).order_by("pk")
    return list(lines.values_list("pk", "content_type__model", "object_id", "action", "label"))


@pytest.fixture
def all_tables():
    """Whatever a test leaves behind, the next one finds the tables."""
    yield
    call_command("migrate", verbosity=0)


def test_retired_plugins_lose_their_tables_and_come_back_identical(emergency, bob, alice, run, all_tables):
    fill(emergency, bob, alice)
    before = {slug: rows_of(slug) for slug in SLUGS}
    history = history_of(SLUGS)
    assert history
    for slug in SLUGS:
        retired = run("retire", slug, "--reason", "not used")
        assert retired["state"] == "retired"
        assert tables(slug) == []
    refused(Exit.REFUSED, "retire", "kpis")
    assert {archive["plugin"] for archive in run("archives")} == set(SLUGS)
    assert history_of(SLUGS) == history
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


def test_privacy_by_command_says_what_every_plugin_and_room_holds(emergency, bob, alice, capsys):
    fill(emergency, bob, alice)
    call_command("privacy", "export", "bob", "--json")
    held = json.loads(capsys.readouterr().out)
    rooms = {"ingestion", "ingestion.kept", "ingestion.write_backs", "notifications", "people.follows", "search.recent"}
    assert set(held) == {*SLUGS, *rooms}
    assert [post["text"] for post in held["microblog"]["posts"]] == ["Pumps are on floor 3"]
    call_command("privacy", "erase", "bob", "--json")
    assert json.loads(capsys.readouterr().out)["tasks"] == 2
    with pytest.raises(CommandError) as error:
        call_command("privacy", "erase", "nobody")
    assert error.value.returncode == Exit.NOT_FOUND


@pytest.fixture
def newer(settings):
    """Key figures of a later version: one more migration. Afterwards the tables are as they were."""
    before = settings.MIGRATION_MODULES

    def install() -> None:
        settings.MIGRATION_MODULES = {"kpis": "tests.portal.host.newer_kpis"}

    yield install
    call_command("migrate", "kpis", "zero", verbosity=0)
    settings.MIGRATION_MODULES = before
    call_command("migrate", verbosity=0)


def test_a_newer_version_restores_what_an_older_one_archived(emergency, bob, alice, run, newer):
    fill(emergency, bob, alice)
    before = rows_of("kpis")
    run("retire", "kpis")
    newer()
    run("restore", "kpis")
    assert rows_of("kpis") == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT shown_as FROM kpis_kpi")
        assert cursor.fetchall() == [("line",)]


def test_an_older_version_refuses_what_a_newer_one_archived(emergency, bob, alice, run, newer, settings):
    newer()
    call_command("migrate", "kpis", verbosity=0)
    fill(emergency, bob, alice)
    run("retire", "kpis")
    settings.MIGRATION_MODULES = {}
    refused(Exit.REFUSED, "restore", "kpis")
    assert Archive.objects.get().state == Archive.State.RETIRED


def test_rows_written_in_the_moment_of_retiring_are_not_dropped(emergency, bob, alice, run):
    fill(emergency, bob, alice)
    source = Kpi.objects.get().source
    archive = retiring.retire("kpis", acting_person=None)
    Kpi.objects.create(source=source, external_id="late", name="Late", read_at=timezone.now())
    with pytest.raises(ValidationError, match="written meanwhile"):
        retiring.drop_tables("kpis")
    restoring.restore(archive, acting_person=None)
    assert sorted(Kpi.objects.values_list("external_id", flat=True)) == ["door", "late"]


def test_the_key_of_a_deleted_row_is_never_given_again(emergency, bob, run, all_tables):
    last = publish_post("Last", acting_person=bob, department=emergency)
    key = last.pk
    delete_post(last, acting_person=bob)
    run("retire", "microblog")
    run("restore", "microblog")
    assert publish_post("Next", acting_person=bob, department=emergency).pk > key
