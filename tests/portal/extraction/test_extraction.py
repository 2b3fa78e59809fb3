"""Text out of files: each format, and what hostile ones cost."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from portal.extraction import extract as parent
from portal.extraction import limits
from portal.extraction.extract import DEFAULT, extract
from portal.extraction.limits import MEGABYTE, REASONS, Limits, Unreadable
from portal.extraction.pages import Extracted
from portal.extraction.reasons import TEXTS
from tests.portal.extraction import files


def read(content: bytes, within: Limits = DEFAULT) -> Extracted:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return extract(file, within)


def reason(content: bytes, within: Limits = DEFAULT) -> str:
    with pytest.raises(Unreadable) as caught:
        read(content, within)
    return caught.value.reason


def test_a_pdf_gives_its_pages() -> None:
    found = read(files.pdf("Hand hygiene", "Needles are élan", "Waste"))
    assert found == Extracted("pdf", "page", ("Hand hygiene", "Needles are élan", "Waste"))


def test_a_word_file_gives_pages_by_their_breaks_and_its_tables() -> None:
    found = read(files.word("Hand hygiene", "Needles"))
    assert (found.format, found.unit) == ("docx", "page")
    assert found.pages == ("Hand hygiene", "Needles\nWard\nBeds")


def test_pages_that_word_saw_are_counted_once() -> None:
    rendered = "<w:lastRenderedPageBreak/>"
    text = (
        f'<w:t>one</w:t>{rendered}<w:t>two</w:t><w:br w:type="page"/>{rendered}<w:t>three</w:t>'
        "<w:tab/><w:t>end</w:t><w:delText>gone</w:delText>"
    )
    assert read(files.archive(document=files.paragraphs(text))).pages == ("one", "two", "three end")


def test_a_text_box_is_read_once() -> None:
    space = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<mc:Choice><w:t>box</w:t></mc:Choice><mc:Fallback><w:t>box</w:t></mc:Fallback>"
    text = f"<mc:AlternateContent {space}>{box}</mc:AlternateContent>"
    assert read(files.archive(document=files.paragraphs(text))).pages == ("box",)


def test_a_workbook_gives_a_page_for_each_sheet() -> None:
    found = read(files.sheet(Prices=[["Item", "Euro"], ["Gloves", 12.5]], Wards=[["North", None, 3]]))
    assert (found.format, found.unit) == ("xlsx", "sheet")
    assert found.pages == ("Prices\nItem Euro\nGloves 12.5", "Wards\nNorth 3")


def test_a_presentation_gives_a_page_for_each_slide_with_its_notes() -> None:
    found = read(files.slides("Welcome", "Fire drill", note="Say hello"))
    assert (found.format, found.unit) == ("pptx", "slide")
    assert found.pages[0].startswith("Welcome")
    assert "Say hello" in found.pages[0]
    assert found.pages[1:] == ("Fire drill",)


def test_an_opendocument_text_gives_its_pages() -> None:
    found = read(files.opendocument("Hand hygiene", "Needles"))
    assert found == Extracted("odt", "page", ("Hand hygiene", "Needles"))


@pytest.mark.parametrize(
    "content",
    ["Käsi\fpühad".encode(), "Käsi\fpühad".encode("utf-8-sig"), "Käsi\fpühad".encode("utf-16"), b"K\xe4si\fp\xfchad"],
)
def test_plain_text_is_read_in_the_letters_it_was_written_in(content: bytes) -> None:
    assert read(content) == Extracted("txt", "page", ("Käsi", "pühad"))


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\x00", b"{\\rtf1 text}", b"a\x00b"])
def test_what_is_no_text_is_told_apart_by_its_content(content: bytes) -> None:
    assert reason(content) == limits.UNSUPPORTED


def test_any_other_archive_is_left_alone() -> None:
    out = io.BytesIO()
    with files.zipfile.ZipFile(out, "w") as packed:
        packed.writestr("inner.docx", files.word("hidden"))
    assert reason(out.getvalue()) == limits.UNSUPPORTED


def test_an_encrypted_pdf_is_read_only_if_anybody_may_open_it() -> None:
    assert reason(files.locked_pdf("Secret plan")) == limits.ENCRYPTED
    assert read(files.locked_pdf("Open plan", password="")).pages == ("Open plan",)


def test_an_office_file_with_a_password_says_so() -> None:
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert reason(compound + "EncryptedPackage".encode("utf-16-le")) == limits.ENCRYPTED
    assert reason(compound) == limits.UNSUPPORTED  # an office file of the last century


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 and nothing else",
        files.pdf("cut off")[:300],
        files.word("cut off")[:-200],
        files.archive(document="<w:document><unclosed>"),
        files.archive(),
    ],
)
def test_a_damaged_file_is_told_to_be_damaged(content: bytes) -> None:
    assert reason(content) == limits.BROKEN


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert reason(b"a" * 2000, replace(DEFAULT, file=1999)) == limits.TOO_LARGE
    assert read(b"a" * 1999, replace(DEFAULT, file=1999)).pages


def test_a31_an_archive_that_unpacks_to_too_much_is_not_opened() -> None:
    content = files.bomb()
    assert len(content) < MEGABYTE
    assert reason(content) == limits.ARCHIVE
    assert reason(files.word("text"), replace(DEFAULT, archive_entries=3)) == limits.ARCHIVE


def test_a31_entries_that_share_bytes_are_refused() -> None:
    assert reason(files.overlapping()) == limits.ARCHIVE


def test_entities_are_refused() -> None:
    assert reason(files.laughing_docx()) == limits.ENTITIES
    outside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    assert reason(files.archive(document=files.paragraphs("<w:t>&x;</w:t>", outside))) == limits.ENTITIES


def test_elements_may_not_nest_without_end() -> None:
    deep = "<w:r>" * 5000 + "</w:r>" * 5000
    assert reason(files.archive(document=files.paragraphs(deep))) == limits.BROKEN


def test_a_parse_without_end_is_stopped_by_the_system() -> None:
    content = files.slow_sheet()
    assert len(content) < MEGABYTE
    with pytest.raises(Unreadable, match="-24") as caught:  # SIGXCPU
        read(content, replace(DEFAULT, cpu_seconds=2))
    assert caught.value.reason == limits.TIME


def test_a_child_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    original = subprocess.Popen
    monkeypatch.setattr(parent.subprocess, "Popen", lambda *a, **k: started.append(original(*a, **k)) or started[-1])
    assert reason(files.slow_sheet(), replace(DEFAULT, wall_seconds=1.5)) == limits.TIME
    assert started[0].returncode == -9


def test_memory_is_limited() -> None:
    strings = files.paragraphs("<w:t>" + "a" * 60 * MEGABYTE + "</w:t>")
    roomy = replace(DEFAULT, characters=200 * MEGABYTE, output=200 * MEGABYTE)
    content = files.archive(document=strings)
    assert reason(content, replace(roomy, memory=256 * MEGABYTE)) == limits.MEMORY
    assert len(read(content, replace(roomy, memory=2048 * MEGABYTE)).pages[0]) == 60 * MEGABYTE


def test_what_the_child_writes_is_limited() -> None:
    assert reason(b"a" * 5000, replace(DEFAULT, output=1000)) == limits.CRASHED


def test_text_beyond_the_limit_is_left_out_and_said_to_be() -> None:
    found = read(files.pdf("one", "two", "three"), replace(DEFAULT, characters=5))
    assert (found.pages, found.truncated) == (("one", "t"), True)
    found = read(files.pdf("one", "two", "three"), replace(DEFAULT, pages=2))
    assert (found.pages, found.truncated) == (("one", "two"), True)
    assert not read(files.pdf("one", "two")).truncated


def test_the_child_knows_no_secret_and_holds_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of a real child, by a program in the place of ours."""
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    program = (
        "import json, os, resource, sys\n"
        "from portal.extraction.child import confine\n"
        "from portal.extraction.limits import Limits\n"
        "confine(Limits(**json.loads(sys.argv[1])))\n"
        "names = ('AS', 'CPU', 'FSIZE', 'NOFILE', 'CORE')\n"
        "print(json.dumps([dict(os.environ), [resource.getrlimit(getattr(resource, 'RLIMIT_' + n))[1] for n in names],"
        " 'django' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, json.dumps({"cpu_seconds": 5})],
        env=parent._environment(),
        cwd="/",
        capture_output=True,
        check=True,
    )
    environment, held, knows_django = json.loads(done.stdout)
    assert {name for name in environment if not name.startswith("OPENPYXL")} <= {
        "PATH",
        "LANG",
        "PYTHONPATH",
        "LC_CTYPE",
    }
    assert held == [DEFAULT.memory, 6, DEFAULT.output, DEFAULT.open_files, 0]
    assert not knows_django


@pytest.mark.parametrize(
    "said", [b"", b"[]", b'"x"', b'{"pages": 3}', b'{"format": "pdf", "unit": "page", "pages": 1, "truncated": 0}']
)
def test_what_a_child_says_is_not_believed(said: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        parent._understood(said)
    assert caught.value.reason == limits.CRASHED


def test_every_reason_has_its_words() -> None:
    assert set(REASONS) <= set(TEXTS)


def children() -> set[str]:
    """The process ids of what this process started and that is still there, dead or alive."""
    return {pid for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()}


def test_no_child_is_left_behind() -> None:
    before = children()  # servers and browsers of other tests
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert children() - before == {str(other.pid)}
        other.communicate(b"\n")
    read(b"text")
    assert children() <= before
