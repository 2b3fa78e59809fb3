"""F4: rebuilding while others write, delete and narrow; broken off, started twice, over a server that goes away."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import hide, remove
from portal.catalogue.models import Entry, Topic
from search import sweeps
from search.engines.elastic import indexes, rebuilding
from tests.search.conftest import titles
from tests.search.faults.conftest import OURS, thing, write

ROOT = Path(__file__).resolve().parents[3]


def state(engine: Any) -> indexes.State:
    return indexes.state(engine._writer)


@pytest.fixture
def halfway(monkeypatch) -> Callable[[Callable[[], Any]], None]:
    """Calls what it is given once, in the middle of the next rebuild: the second of its batches of two is read."""

    def arrange(function: Callable[[], Any]) -> None:
        batches, called = rebuilding.batches, []

        def disturbed(size: int) -> Iterator[list[Entry]]:
            for number, batch in enumerate(batches(2)):
                if number == 1 and not called:
                    called.append(True)
                    function()
                yield batch

        monkeypatch.setattr(rebuilding, "batches", disturbed)

    return arrange


def run_worker() -> None:
    while sweeps.elasticsearch():
        pass


def test_f4_a_rebuild_loses_no_write_and_raises_nothing_from_the_dead(
    elasticsearch, emergency, charlie, catch_up, answered, halfway
):
    things = [thing(f"t{number}") for number in range(8)]
    for number, obj in enumerate(things):
        write(obj, f"Item {number}")
    catch_up()
    before = state(elasticsearch).serving

    def others_write():
        # 0 and 1 are in the new index already, 2 and 3 were read, the others were not.
        for number in (0, 2, 4):
            remove(things[number])
        for number in (1, 3, 5):
            write(things[number], f"Changed {number}")
        hide(things[6])
        write(things[7], "Item 7", audience=any_of(tokens.department(emergency)))
        write(thing("new"), "Item new")
        assert titles(answered("changed")) == []  # not yet taken over
        run_worker()
        assert sorted(titles(answered("item"))) == ["Item 7", "Item new"]

    halfway(others_write)
    assert elasticsearch.rebuild() == 5
    assert sorted(titles(answered("item"))) == ["Item 7", "Item new"]
    assert sorted(titles(answered("changed"))) == ["Changed 1", "Changed 3", "Changed 5"]
    assert titles(answered("item", charlie)) == ["Item new"]
    assert elasticsearch.verify().differed == 0
    after = state(elasticsearch)
    assert after.names == (after.serving,)
    assert after.serving != before


def test_f4_what_happens_during_a_rebuild_and_is_taken_over_afterwards_is_not_lost_either(
    elasticsearch, organisation, catch_up, answered, halfway
):
    things = [thing(f"t{number}") for number in range(4)]
    for number, obj in enumerate(things):
        write(obj, f"Item {number}")
    catch_up()

    def others_write():
        remove(things[0])
        write(things[3], "Item changed")

    halfway(others_write)
    elasticsearch.rebuild()
    assert "Item 0" not in titles(answered("item"))  # excluded until the index has let go of it
    catch_up()
    assert sorted(titles(answered("item"))) == ["Item 1", "Item 2", "Item changed"]
    assert elasticsearch.verify().differed == 0


def test_a_rebuild_started_later_ends_the_earlier_one(elasticsearch, organisation, catch_up, answered, halfway):
    for number in range(5):
        write(thing(f"t{number}"), f"Item {number}")
    catch_up()
    halfway(elasticsearch.rebuild)
    with pytest.raises(indexes.Superseded, match="another rebuild"):
        elasticsearch.rebuild()
    assert answered("item").count == 5
    assert len(state(elasticsearch).names) == 1
    assert elasticsearch.verify().differed == 0


def test_a_rebuild_waits_for_a_server_that_goes_away_for_a_while(
    elasticsearch, server, organisation, catch_up, answered, halfway, monkeypatch
):
    for number in range(5):
        write(thing(f"t{number}"), f"Item {number}")
    catch_up()
    monkeypatch.setattr(elasticsearch, "_writer", elasticsearch._writer.options(request_timeout=1.0))

    back = threading.Timer(3, server.resume)

    def go_away():
        server.pause()
        back.start()

    halfway(go_away)
    assert elasticsearch.rebuild() == 5
    back.join()
    assert answered("item").count == 5


def test_a_rebuild_waits_while_the_new_index_takes_nothing(elasticsearch, organisation, catch_up, answered, halfway):
    for number in range(5):
        write(thing(f"t{number}"), f"Item {number}")
    catch_up()
    settings = elasticsearch._writer.indices.put_settings
    started: list[threading.Timer] = []

    def fill_up():
        (new,) = state(elasticsearch).filling
        block = "index.blocks.read_only_allow_delete"
        settings(index=new, settings={block: True})
        started.append(threading.Timer(2, lambda: settings(index=new, settings={block: None})))
        started[0].start()

    halfway(fill_up)
    assert elasticsearch.rebuild() == 5
    started[0].join()  # the server may have lifted the block by itself before
    assert answered("item").count == 5


def test_what_a_broken_off_rebuild_left_never_serves_and_is_removed(elasticsearch, organisation, catch_up, answered):
    for number in range(3):
        write(thing(f"t{number}"), f"Item {number}")
    catch_up()
    left = f"{indexes.alias()}-{1:016d}"  # long ago, so no rebuild is waited for
    assert indexes._create(elasticsearch._writer, left)
    assert "was left by a rebuild" in elasticsearch.status().note
    elasticsearch._writer.indices.delete(index=state(elasticsearch).serving)
    elasticsearch.forget()
    assert ask_is_limited(elasticsearch)
    catch_up()
    assert answered("item").count == 3
    elasticsearch.forget()
    catch_up()
    assert state(elasticsearch).names == (indexes.first(),)


def ask_is_limited(engine: Any) -> bool:
    sweeps.elasticsearch()
    return state(engine).serving is None and not engine.status().ready


def test_two_who_begin_at_once_make_one_index(elasticsearch, organisation, catch_up, answered):
    write(thing("a"), "Item found")
    indexes.create_first(elasticsearch._writer)
    indexes.create_first(elasticsearch._writer)
    assert state(elasticsearch).names == (indexes.first(),)
    assert elasticsearch.rebuild() == 1
    assert answered("item").count == 1


# With processes of their own, as operators run it


@pytest.fixture
def many(elasticsearch, transactional_db, organisation, catch_up) -> int:
    """Enough entries, committed, that a rebuild takes a while."""
    things = Topic.objects.bulk_create(Topic(name=f"item {number}", slug=f"t{number}") for number in range(700))
    for number, obj in enumerate(things):
        write(obj, f"Item {number}")
    catch_up()
    return len(things)


@pytest.fixture
def rebuild(elasticsearch, settings, tmp_path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts `manage.py search rebuild`."""
    known, started = connection.settings_dict, []
    host = f"{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}"
    env = os.environ | {
        "DATABASE_URL": f"postgres://{host}/{known['NAME']}",
        "ELASTICSEARCH_URL": settings.ELASTICSEARCH_URL,
        "FOLKMOOT_SEARCH_PREFIX": settings.SEARCH_INDEX_PREFIX,
        "FOLKMOOT_DATA_DIR": str(tmp_path),
    }

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", "search", "rebuild", "--engine", OURS]
        started.append(
            subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=30)


def eventually(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 90
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_f4_a_rebuild_killed_in_the_middle_and_started_again_leaves_one_full_index(
    elasticsearch, server, many, rebuild, answered, catch_up
):
    before = state(elasticsearch).serving
    killed = rebuild()
    eventually(lambda: bool(state(elasticsearch).filling), "the rebuild begins")
    with server.paused():  # so that it cannot end before it is killed
        killed.kill()
        killed.wait(30)
    left = state(elasticsearch)
    assert left.serving == before
    assert len(left.filling) == 1
    assert "a rebuild fills" in elasticsearch.status().note  # it may yet be alive, for all that others know
    assert answered("item").count == many
    again = rebuild()
    assert again.wait(120) == 0, again.stdout.read()
    after = state(elasticsearch)
    assert after.names == (after.serving,)
    assert after.serving not in left.names
    assert answered("item").count == many
    assert elasticsearch.verify().differed == 0


def test_f4_two_rebuilds_and_a_busy_worker_end_with_one_right_index(elasticsearch, many, rebuild, answered, catch_up):
    both = [rebuild(), rebuild()]
    number = 0
    while any(process.poll() is None for process in both) and number < 200:
        obj = Topic.objects.get(slug=f"t{number}")
        if number % 2:
            remove(obj)
        else:
            write(obj, f"Changed {number}")
        run_worker()
        number += 1
    codes = [process.wait(180) for process in both]
    said = [process.stdout.read() for process in both]
    assert 0 in codes, said
    assert all(code == 0 or "another rebuild" in text for code, text in zip(codes, said, strict=True)), said
    catch_up()
    after = state(elasticsearch)
    assert after.names == (after.serving,)
    assert answered("changed").count == (number + 1) // 2
    assert answered("item").count == many - number
    assert elasticsearch.verify().differed == 0
