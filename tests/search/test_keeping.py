"""Keeping the indexes: after commits, by the worker, by command; on every engine."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Entry, Outbox, Topic
from search import engines, queue
from search.models import Document
from search.query import SearchRequest
from search.service import search


def card(title):
    obj = Topic.objects.create(name=title, slug=title.replace(" ", "-"))
    return Card(kind="user", type="post", obj=obj, title=title, url="/x/")


@pytest.mark.usefixtures("database_only")
def test_what_somebody_posts_is_found_right_after_the_commit(organisation, alice):
    put(card("Fresh post"), verb="publish", actor=alice)
    assert search(SearchRequest(person=alice, q="fresh")).count == 1
    assert not Outbox.objects.exists()


@pytest.mark.usefixtures("database_only")
def test_what_is_rolled_back_leaves_nothing_in_the_index(organisation, alice):
    def write_and_fail():
        with transaction.atomic():
            put(card("Never posted"), verb="publish", actor=alice)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert not Document.objects.exists()
    put(card("Posted then"), verb="publish", actor=alice)
    assert search(SearchRequest(person=alice, q="posted")).count == 1


@pytest.mark.usefixtures("database_only")
def test_a_large_delivery_is_left_to_the_worker(organisation, alice, catch_up):
    with transaction.atomic():
        for number in range(queue.INLINE + 10):
            put(card(f"Reading {number}"), verb="publish", actor=alice)
    assert Outbox.objects.count() == 10
    catch_up()
    assert search(SearchRequest(person=alice, q="reading")).count == queue.INLINE + 10


@pytest.mark.usefixtures("database_only")
def test_a_failing_index_does_not_fail_the_write(organisation, alice, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the index is broken")

    monkeypatch.setattr(engines.database_engine().__class__, "index", broken)
    put(card("Written all the same"), verb="publish", actor=alice)
    assert Outbox.objects.count() == 1
    monkeypatch.undo()
    assert queue.due("database").count() == 1


@pytest.mark.django_db(transaction=True)
def test_flushing_the_database_leaves_search_working(engine, organisation, alice, catch_up):
    put(card("After the flush"), verb="publish", actor=alice)
    catch_up()
    assert search(SearchRequest(person=alice, q="flush")).count == 1
    call_command("flush", interactive=False, verbosity=0)
    assert not Document.objects.exists()
    catch_up()


def test_rebuilding_finds_everything_anew(publish, find, alice, engine):
    for number in range(5):
        publish(f"Item {number}", indexed=False)
    Outbox.objects.all().delete()
    call_command("search", "rebuild", engine=engine, verbosity=0)
    assert find(alice, "item").count == 5


def test_verifying_finds_and_repairs_what_differs(publish, find, alice, engine, catch_up, capsys):
    kept, changed, gone = (publish(title) for title in ("Item kept", "Item changed", "Item gone"))
    missing = publish("Item missing", indexed=False)
    Entry.objects.filter(pk=changed.pk).update(title="Item altered", version=9)
    Entry.objects.filter(pk=gone.pk).update(state="hidden")
    Outbox.objects.all().delete()
    wrong = 3 if engine == "elasticsearch" or not Document.objects.filter(entry_id=missing.pk).exists() else 2
    with pytest.raises(CommandError) as caught:
        call_command("search", "verify", engine=engine)
    assert caught.value.returncode == 3
    assert f"{wrong} differed and were queued" in capsys.readouterr().out
    catch_up()
    assert sorted(hit.entry.title for hit in find(alice, "item").hits) == ["Item altered", "Item kept", "Item missing"]
    assert kept.pk in {hit.entry.pk for hit in find(alice, "kept").hits}
    call_command("search", "verify", engine=engine)
    assert "3 entries compared" in (told := capsys.readouterr().out)
    assert "0 differed" in told


def test_status_tells_what_is_indexed_and_what_waits(publish, engine, capsys):
    publish("One thing")
    call_command("search", "status", engine=engine, json=True)
    (status,) = json.loads(capsys.readouterr().out)
    assert (status["engine"], status["ready"], status["documents"], status["waiting"]) == (engine, True, 1, 0)
    call_command("search", "status", engine=engine)
    assert f"{engine}: ready, 1 entries, 0 waiting" in capsys.readouterr().out


@pytest.mark.parametrize("engine", ["database"], indirect=True)
def test_lost_words_are_told_and_brought_back(publish, find, alice, engine, catch_up, capsys):
    kept, lost = publish("Item kept").pk, publish("Item lost").pk
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM search_index WHERE rowid = %s", [lost])
        else:
            cursor.execute("UPDATE search_document SET vector = NULL WHERE entry_id = %s", [lost])
    assert [hit.entry.pk for hit in find(alice, "item").hits] == [kept]
    with pytest.raises(CommandError) as ill:
        call_command("search", "status", engine=engine, check=True)
    assert ill.value.returncode == 4
    with pytest.raises(CommandError) as differs:
        call_command("search", "verify", engine=engine)
    assert (differs.value.returncode, "1 missing" in capsys.readouterr().out) == (3, True)
    catch_up()
    assert sorted(hit.entry.pk for hit in find(alice, "item").hits) == [kept, lost]
    call_command("search", "status", engine=engine, check=True)


@pytest.mark.usefixtures("database_only")
def test_an_engine_that_is_not_configured_is_said_to_be_so(organisation):
    with pytest.raises(CommandError, match="ELASTICSEARCH_URL"):
        call_command("search", "status", engine="elasticsearch")


def test_an_entry_that_cannot_be_indexed_costs_only_itself(publish, find, alice, engine, catch_up, capsys):
    poison = publish("Poison")
    Entry.objects.filter(pk=poison.pk).update(topic_names=7)  # no list, as from a restored or edited row
    queue.enqueue(engine, Entry.objects.filter(pk=poison.pk))
    for number in range(3):
        publish(f"Item {number}", indexed=False)
    catch_up()
    assert find(alice, "item").count == 3
    row = Outbox.objects.get(engine=engine)
    assert (row.entry_id, row.attempts) == (poison.pk, 1)
    call_command("search", "status", engine=engine)
    assert "1 refused" in (told := capsys.readouterr().out)
    assert f"entry {poison.pk}, refused 1 times" in told
    Entry.objects.filter(pk=poison.pk).update(topic_names=[])
    queue.retry_now(engine)
    catch_up()
    assert not Outbox.objects.exists()
