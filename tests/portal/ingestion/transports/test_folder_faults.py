"""Drop folders: half-written files, links, odd names and workers that stop lose and double nothing."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.ingestion import actions, pull, runner
from portal.ingestion.fetch import FetchError, Limits
from portal.ingestion.transports import folder
from tests.portal.ingestion.transports.dropping import put, tree, work


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


def test_a_file_that_cannot_be_taken_is_told_on_its_source_and_holds_up_no_other(incoming, dropped, texts):
    source = dropped()
    put(incoming, "a.csv", b"", age=90)
    put(incoming, "b.csv", b"b;two\n", age=60)
    pull._pull_by_schedule(source, timezone.now())
    source.refresh_from_db()
    assert source.last_error == "a.csv: The file is empty."
    work(source)
    assert texts() == {"b": "two"}
