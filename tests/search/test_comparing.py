"""`search verify`: every entry is compared with the index, on the real server, and whatever differs is repaired."""

from __future__ import annotations

import json
import math

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.catalogue.models import Entry, Outbox, Topic
from portal.host.diagnosis import problems
from search import sweeps
from search.engines.elastic import comparison, indexes
from search.models import Document
from tests.search.conftest import needs_elasticsearch, titles

OURS = "elasticsearch"


@pytest.fixture
def engine(elasticsearch):
    return OURS


def verify(capsys) -> dict[str, int]:
    """What differed, by kind."""
    try:
        call_command("search", "verify", "--engine", OURS, "--json")
        code = 0
    except CommandError as error:
        code = error.returncode
    (facts,) = json.loads(capsys.readouterr().out)
    assert code == (3 if facts["differed"] else 0)
    return {kind: facts[kind] for kind in ("missing", "behind", "ahead", "different", "foreign") if facts[kind]}


def change(pk: int, **fields) -> None:
    """Behind the back of the outbox, as a restored backup or a hand in the database does."""
    Entry.objects.filter(pk=pk).update(**fields)


@needs_elasticsearch
def test_each_kind_of_difference_is_found_told_and_repaired(publish, find, alice, catch_up, elasticsearch, capsys):
    entries = {name: publish(f"Item {name}").pk for name in ("same", "missing", "behind", "ahead", "altered", "gone")}
    purged = publish("Item purged")
    catch_up()
    assert verify(capsys) == {}
    elasticsearch.delete({entries["missing"]: 1})
    change(entries["missing"], version=2)  # the index remembers for an hour that 1 was deleted
    change(entries["behind"], version=7, title="Item later")
    for _again in range(4):
        change(entries["ahead"], version=Entry.objects.get(pk=entries["ahead"]).version + 1)
        elasticsearch.index(list(Entry.objects.filter(pk=entries["ahead"])))
    change(entries["ahead"], version=2, title="Item restored")
    change(entries["altered"], title="Item rewritten")  # another content at the same version
    change(entries["gone"], state="hidden")
    change(purged.pk, version=5)
    elasticsearch.index(list(Entry.objects.filter(pk=purged.pk)))
    Entry.objects.filter(pk=purged.pk).delete()
    Outbox.objects.all().delete()
    client, serving = elasticsearch._writer, indexes.state(elasticsearch._writer).serving
    client.index(index=serving, id="rubbish", document={"title": "Item of nobody"}, refresh=True)
    assert verify(capsys) == {"missing": 1, "behind": 1, "ahead": 1, "different": 1, "foreign": 3}
    catch_up()
    expected = {"Item same", "Item missing", "Item later", "Item restored", "Item rewritten"}
    assert set(titles(find(alice, "item"))) == expected
    assert verify(capsys) == {}
    assert comparison.totals(client, indexes.alias())[0] == len(expected)


@needs_elasticsearch
def test_comparing_reads_pages_of_one_size_however_many_entries(publish, catch_up, elasticsearch, monkeypatch, capsys):
    monkeypatch.setattr(comparison, "_PAGE_OF_CONTENTS", 2)
    costs = []
    for more in (4, 12):
        pks = [publish(f"Item {number}", indexed=False).pk for number in range(more)]
        catch_up()
        with CaptureQueriesContext(connection) as queries:
            assert verify(capsys) == {}
        pages = math.floor(Entry.objects.count() / 2) + 1
        costs.append((len(queries), 2 * pages))  # of each page: the entries, the outbox
    assert [cost for cost, _expected in costs] == [expected for _cost, expected in costs]
    elasticsearch.delete({pk: 1 for pk in pks[::2]})
    Outbox.objects.all().delete()
    assert verify(capsys) == {"missing": 6}


@needs_elasticsearch
def test_what_waits_in_the_outbox_is_no_difference(publish, elasticsearch, capsys):
    publish("Item known")
    publish("Item waiting", indexed=False)
    assert verify(capsys) == {}


@needs_elasticsearch
def test_what_is_written_during_the_comparison_is_no_difference(publish, catch_up, elasticsearch, monkeypatch, capsys):
    known = Topic.objects.create(name="known", slug="known")
    publish("Item first", obj=known)
    read = comparison.Comparison._index

    def others_write(self, span):
        publish("Item new")
        publish("Item changed", obj=known)
        yield from read(self, span)

    monkeypatch.setattr(comparison.Comparison, "_index", others_write)
    assert verify(capsys) == {}


@needs_elasticsearch
def test_without_an_index_the_command_says_what_to_do(elasticsearch, organisation):
    with pytest.raises(CommandError, match="run search rebuild") as caught:
        call_command("search", "verify", "--engine", OURS)
    assert caught.value.returncode == 1


@needs_elasticsearch
def test_the_doctor_tells_of_an_index_of_another_make_and_of_refused_entries(
    publish, elasticsearch, monkeypatch, catch_up
):
    publish("Item")
    assert [problem for problem in problems() if problem.plugin == "search"] == []
    poison = publish("Poison", indexed=False)
    change(poison.pk, topic_names=7)
    catch_up()
    monkeypatch.setattr(indexes, "fingerprint", lambda: "another")
    assert {problem.kind for problem in problems() if problem.plugin == "search"} == {"outdated", "refused"}


def test_the_doctor_tells_of_a_server_that_is_away(organisation, settings):
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"
    (problem,) = [problem for problem in problems() if problem.plugin == "search"]
    assert problem.kind == "unreachable"


@pytest.mark.usefixtures("database_only")
def test_the_database_index_ahead_of_a_restored_catalogue_is_repaired(organisation, alice, capsys):
    from tests import factories

    entry = factories.entry(title="Item")
    call_command("search", "rebuild", "--engine", "database")
    Document.objects.filter(entry_id=entry.pk).update(version=9)
    Outbox.objects.all().delete()
    capsys.readouterr()
    with pytest.raises(CommandError) as caught:
        call_command("search", "verify", "--engine", "database", "--json")
    assert caught.value.returncode == 3
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts["ahead"], facts["differed"], facts["contents"]) == (1, 1, False)
    while sweeps.database():
        pass
    entry.refresh_from_db()
    assert entry.version == Document.objects.get(entry_id=entry.pk).version == 10
    call_command("search", "verify", "--engine", "database")
