"""Files that appear in a folder: each is a delivery, once, in order; nothing is lost wherever a worker stops."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from portal.host import rules
from portal.ingestion import pull, runner
from portal.ingestion.models import Delivery
from portal.ingestion.transports import folder
from portal.testing.adapters import make_source
from tests.portal.ingestion.transports.dropping import put, tree, work


def test_files_are_delivered_in_order_of_time_and_moved_to_done(incoming, dropped, texts):
    put(incoming, "a.csv", b"a;later\n", age=20)
    put(incoming, "z.csv", b"a;first\nb;two\n", age=60)
    work(dropped())
    assert texts() == {"a": "later", "b": "two"}
    assert tree(incoming) == ["done/a.csv", "done/z.csv"]


def test_files_may_be_ordered_by_name(incoming, dropped, texts):
    put(incoming, "kpi-2.csv", b"a;second\n", age=60)
    put(incoming, "kpi-1.csv", b"a;first\n", age=20)
    source = dropped(order="name")
    work(source)
    assert texts() == {"a": "second"}
    put(incoming, "kpi-3.csv", b"a;third\n", age=600)
    work(source)
    assert texts() == {"a": "third"}


def test_of_files_of_one_moment_the_name_decides(incoming, dropped, texts):
    moment = time.time_ns() - 60 * 10**9
    for name, text in (("b", "second"), ("a", "first")):
        put(incoming, name, f"x;{text}\n".encode())
        os.utime(incoming / name, ns=(moment, moment))
    work(dropped())
    assert texts() == {"x": "second"}


def test_a_file_from_the_future_is_taken_and_blocks_nobody(incoming, dropped, texts):
    source = dropped("synthetic.lines")
    put(incoming, "skewed.csv", b"a;one\n", age=-86400)
    work(source)
    assert source.deliveries.get().sent_at <= timezone.now()
    put(incoming, "right.csv", b"a;two\n", age=6)
    os.utime(incoming / "right.csv", (time.time() + 6, time.time() + 6))
    work(source)
    assert texts() == {"a": "two"}


def test_an_older_file_after_a_newer_one_is_ignored(incoming, dropped, texts):
    source = dropped("synthetic.lines")
    put(incoming, "new.csv", b"a;new\n", age=60)
    work(source)
    put(incoming, "old.csv", b"a;old\n", age=3600)
    work(source)
    assert texts() == {"a": "new"}
    assert tree(incoming) == ["done/new.csv", "done/old.csv", "done/old.csv.reason.txt"]


def test_what_cannot_be_read_ends_in_failed_with_the_reason_beside_it(incoming, dropped, texts):
    source = dropped()
    put(incoming, "broken.csv", b"BROKEN\n")
    put(incoming, "good.csv", b"a;one\n")
    pull.pull(source)
    for _attempt in range(runner.ATTEMPTS + 1):
        runner.run_waiting()
        folder.file_away()
        Delivery.objects.update(retry_at=None)
    assert texts() == {"a": "one"}
    assert tree(incoming) == ["done/good.csv", "failed/broken.csv", "failed/broken.csv.reason.txt"]
    assert "not a list of lines" in (incoming / "failed" / "broken.csv.reason.txt").read_text()


def test_a_name_that_comes_again_replaces_nothing(incoming, dropped, texts):
    source = dropped()
    for number in range(3):
        put(incoming, "kpi.csv", b"n%d;text\n" % number, age=60 - number)
        work(source)
    assert len(texts()) == 3
    kept = {path.read_bytes() for path in (incoming / "done").iterdir()}
    assert kept == {b"n%d;text\n" % number for number in range(3)}


def test_the_same_name_again_while_the_first_waits_is_another_delivery(incoming, dropped, texts):
    source = dropped()
    for text in (b"a;one\n", b"b;two\n"):
        put(incoming, "kpi.csv", text, age=30 if text.startswith(b"a") else 20)
        pull.pull(source)
    work(source)
    assert texts() == {"a": "one", "b": "two"}


def test_the_same_file_twice_is_one_delivery(incoming, dropped):
    source = dropped()
    moment = time.time_ns() - 60 * 10**9
    for name in ("a.csv", "copy.csv"):
        put(incoming, name, b"a;one\n")
        os.utime(incoming / name, ns=(moment, moment))
    work(source)
    assert source.deliveries.count() == 1
    assert tree(incoming) == ["done/a.csv", "done/copy.csv", "done/copy.csv.reason.txt"]


def test_files_stay_where_they_are_while_the_plugin_is_off(incoming, dropped, emergency, texts):
    source = dropped()
    put(incoming, "a.csv", b"a;one\n")
    rules.set_rule("synthetic", emergency, rules.OFF, acting_person=None)
    assert pull.run_due() == 0
    assert tree(incoming) == ["a.csv"]
    rules.set_rule("synthetic", emergency, rules.ON, acting_person=None)
    assert pull.run_due() == 1
    work(source)
    assert texts() == {"a": "one"}


def test_an_empty_folder_says_nothing_of_how_fresh_the_data_is(incoming, dropped):
    source = dropped()
    put(incoming, "a.csv", b"a;one\n", age=3600)
    work(source)
    pull._pull_by_schedule(source, timezone.now())
    source.refresh_from_db()
    assert timezone.now() - source.last_success_at > timedelta(minutes=59)
    assert source.last_error == ""


def test_a_folder_that_is_not_there_is_told(emergency, dropped, incoming):
    source = dropped()
    (incoming / ".taken").exists()
    incoming.rmdir()
    pull._pull_by_schedule(source, timezone.now())
    source.refresh_from_db()
    assert "lab/in/ cannot be read" in source.last_error


def test_the_command_line_shows_the_first_file_and_takes_nothing(incoming, dropped, capsys):
    source = dropped()
    put(incoming, "a.csv", b"a;one\n")
    call_command("ingest", "test", source.slug)
    assert "new 1" in capsys.readouterr().out
    assert tree(incoming) == ["a.csv"]
    call_command("ingest", "run", source.slug)
    with pytest.raises(CommandError, match="no new file"):
        call_command("ingest", "run", source.slug)


def test_one_folder_belongs_to_one_source(dropped, emergency):
    source = dropped()
    with pytest.raises(ValidationError, match=source.slug):
        make_source("synthetic.news", department=emergency, pull_from="lab/in/")


def test_taking_files_costs_the_same_queries_for_each(incoming, dropped, django_assert_num_queries):
    source = dropped()
    for count, start in ((2, 0), (6, 10)):
        for number in range(count):
            put(incoming, f"{start + number}.csv", b"n;%d\n" % (start + number))
        # which are known; each: savepoint, source locked, known?, moment free?, delivery, its one piece, release
        with django_assert_num_queries(1 + 7 * count):
            pull.pull(source)
