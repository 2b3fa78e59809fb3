"""One file in the drop folder, read anew each time."""

from __future__ import annotations

import os

import pytest

from portal.ingestion.fetch import FetchError, Limits
from portal.ingestion.transports import files


def read_file(path, *, last_modified="", limits=Limits()):  # noqa: B008
    return files.read_file(path, last_modified=last_modified, limits=limits)


def content(fetched):
    with fetched.body as body:
        return body.read()


@pytest.fixture
def drop(tmp_path, settings):
    folder = tmp_path / "drop"
    folder.mkdir()
    settings.FOLKMOOT_DROP_DIR = folder
    (tmp_path / "outside.csv").write_bytes(b"secret")
    return folder


def test_a_file_in_the_drop_folder_is_read_once_until_it_changes(drop):
    (drop / "in").mkdir()
    file = drop / "in" / "a.csv"
    file.write_bytes(b"one")
    first = read_file("in/a.csv")
    assert content(first) == b"one"
    assert read_file("in/a.csv", last_modified=first.last_modified).body is None
    file.write_bytes(b"other")
    assert content(read_file("in/a.csv", last_modified=first.last_modified)) == b"other"


def test_nothing_outside_the_drop_folder_is_read(drop, tmp_path):
    (drop / "link.csv").symlink_to(tmp_path / "outside.csv")
    (drop / "up").symlink_to(tmp_path)
    (drop / "folder").mkdir()
    os.mkfifo(drop / "pipe")
    paths = ["../outside.csv", str(tmp_path / "outside.csv"), "link.csv", "up/outside.csv", "folder", "pipe"]
    for path in [*paths, "absent.csv", "a\x00b", ""]:
        with pytest.raises(FetchError):
            read_file(path)


def test_a_file_that_is_too_large_is_refused(drop):
    (drop / "a.csv").write_bytes(b"x" * 20)
    with pytest.raises(FetchError, match="more than 10 bytes"):
        read_file("a.csv", limits=Limits(size=10))
