"""Files that appear in a folder: each is a delivery, once, in order; nothing is lost wherever a worker stops."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from portal.host import rules
from portal.ingestion import actions, pull, runner
from portal.ingestion.fetch import FetchError, Limits
from portal.ingestion.models import Delivery
from portal.ingestion.transports import folder
from portal.testing.adapters import make_source


@pytest.fixture
def incoming(tmp_path, settings):
    settings.FOLKMOOT_DROP_DIR = tmp_path / "drop"
    place = tmp_path / "drop" / "lab" / "in"
    place.mkdir(parents=True)
    (tmp_path / "outside.csv").write_bytes(b"secret;secret\n")
    return place


@pytest.fixture
def dropped(incoming, emergency):
    def make(adapter="synthetic.news", **transport):
        return make_source(
            adapter, department=emergency, pull_from="lab/in/", schedule="* * * * *", transport=transport
        )

    return make


def put(place, name, body, *, age=60.0):
    """A file that was last changed `age` seconds ago."""
    file = place / name
    file.write_bytes(body)
    moment = time.time() - age
    os.utime(file, (moment, moment))
    return file


def work(source, rounds=10):
    """Takes, applies and files away until nothing is left."""
    pull._pull_by_schedule(source, timezone.now())
    for _round in range(rounds):
        if not runner.run_waiting() + folder.file_away():
            return
    raise AssertionError("there is no end to it")


def tree(place):
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir())


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


def test_a_file_that_is_being_written_is_left_until_it_is_complete(incoming, dropped, texts):
    source = dropped()
    put(incoming, "young.csv", b"a;on", age=1)
    for name in (".hidden.csv", "a.csv.part", "b.TMP", "c.filepart", "d~"):
        put(incoming, name, b"b;two\n")
    work(source)
    assert texts() == {}
    assert len(tree(incoming)) == 6
    put(incoming, "young.csv", b"a;one\n")
    os.rename(incoming / "a.csv.part", incoming / "a.csv")
    work(source)
    assert texts() == {"a": "one", "b": "two"}


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


def test_what_is_no_file_with_content_is_put_aside_with_a_reason(incoming, dropped, tmp_path):
    (incoming / "link.csv").symlink_to(tmp_path / "outside.csv")
    os.utime(incoming / "link.csv", (1, 1), follow_symlinks=False)
    os.mkfifo(incoming / "pipe")
    os.utime(incoming / "pipe", (1, 1))
    put(incoming, "empty.csv", b"")
    put(incoming, "large.csv", b"x" * 101)
    source = dropped()
    put(incoming, "good.csv", b"a;one\n")
    with pytest.raises(FetchError, match=r"\w+: "):
        folder.take_files(source, Limits(size=100))
    assert source.deliveries.count() == 1
    work(source)
    assert folder.take_files(source, Limits(size=100)) is None
    assert (incoming / "done" / "good.csv").exists()
    assert source.deliveries.count() == 1
    reasons = {p.name: p.read_text() for p in (incoming / "failed").iterdir() if p.name.endswith(".reason.txt")}
    assert "plain file" in reasons["link.csv.reason.txt"]
    assert "plain file" in reasons["pipe.reason.txt"]
    assert "empty" in reasons["empty.csv.reason.txt"]
    assert "more than 100 bytes" in reasons["large.csv.reason.txt"]
    assert (tmp_path / "outside.csv").read_bytes() == b"secret;secret\n"


@pytest.mark.parametrize("where", ["lab", "lab/in", "lab/in/.taken", "lab/in/done"])
def test_no_folder_on_the_way_may_be_a_link(incoming, dropped, tmp_path, where, texts):
    source = dropped()
    put(incoming, "a.csv", b"a;one\n")
    outside = tmp_path / "elsewhere"
    (outside / "in").mkdir(parents=True)
    put(outside, "b.csv", b"b;two\n")
    put(outside / "in", "b.csv", b"b;two\n")
    place = tmp_path / "drop" / where
    if place.exists():
        place.rename(tmp_path / "before")
    place.symlink_to(outside)
    work(source)
    assert "b" not in texts()
    assert sorted(p.name for p in outside.rglob("*")) == ["b.csv", "b.csv", "in"]


@pytest.mark.parametrize("place", ["../", "lab/../../", "/etc/", "lab/\x00/"])
def test_nothing_outside_is_taken(dropped, place):
    source = dropped()
    source.pull_from = place
    with pytest.raises(FetchError):
        pull.pull(source)
    with pytest.raises(ValidationError):
        actions.update_source(source, pull_from=place, acting_person=None)


def test_odd_names_are_moved_as_they_are(incoming, dropped, texts):
    names = [b"\xff\xfe.csv", b"new\nline", b"-rf", "ü “quoted” ’".encode(), b"n" * 255, b"done2", b"a;b|c$(x)"]
    for number, name in enumerate(names):
        put(incoming, os.fsdecode(name), b"n%d;text\n" % number)
    work(dropped())
    assert len(texts()) == len(names)
    done = {os.fsencode(name) for name in os.listdir(incoming / "done")}
    assert done == {name[-folder.LONGEST_NAME :] for name in names}


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


def test_what_is_written_to_a_file_after_it_was_read_is_not_lost(incoming, dropped, texts):
    source = dropped()
    with put(incoming, "a.csv", b"a;one\n").open("ab") as still_open:
        os.utime(incoming / "a.csv", (1_000_000_000, 1_000_000_000))
        pull.pull(source)
        still_open.write(b"b;two\n")
    work(source)
    work(source)
    assert texts() == {"a": "one", "b": "two"}


STEPS = [
    (os, "rename"),
    (folder, "receive"),
    (folder, "copy_of"),
    (folder, "_put_aside"),
    (folder, "_write_reason"),
    (runner, "run"),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("time_of", [0, 1])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_nothing_is_lost_or_doubled_wherever_a_worker_stops(
    incoming, dropped, texts, monkeypatch, step, time_of, after
):
    source = dropped()
    put(incoming, "a.csv", b"a;one\n", age=90)
    put(incoming, "b.csv", b"b;two\n", age=60)
    put(incoming, "empty.csv", b"", age=70)
    module, name = step
    real, calls = getattr(module, name), []

    def killed(*args, **options):
        calls.append(name)
        if len(calls) != time_of + 1:
            return real(*args, **options)
        if after:
            real(*args, **options)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(module, name, killed)
        with suppress(SystemExit):
            work(source)
    for _time in range(2):
        work(source)
    assert texts() == {"a": "one", "b": "two"}
    assert source.deliveries.count() == 2
    found = tree(incoming)
    assert found == ["done/a.csv", "done/b.csv", "failed/empty.csv", "failed/empty.csv.reason.txt"]


def test_two_workers_that_take_the_same_folder_deliver_each_file_once(incoming, dropped, texts, monkeypatch):
    source = dropped()
    for number in range(4):
        put(incoming, f"{number}.csv", b"n%d;text\n" % number)
    real, again = folder.copy_of, []

    def other_worker_first(*args):
        if not again:
            again.append(None)
            again[0] = folder.take_files(source, Limits())
        return real(*args)

    monkeypatch.setattr(folder, "copy_of", other_worker_first)
    work(source)
    assert again[0] is not None
    assert source.deliveries.count() == 4
    assert len(texts()) == 4


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


def test_a_file_that_cannot_be_taken_is_told_on_its_source_and_holds_up_no_other(incoming, dropped, texts):
    source = dropped()
    put(incoming, "a.csv", b"", age=90)
    put(incoming, "b.csv", b"b;two\n", age=60)
    pull._pull_by_schedule(source, timezone.now())
    source.refresh_from_db()
    assert source.last_error == "a.csv: The file is empty."
    work(source)
    assert texts() == {"b": "two"}
