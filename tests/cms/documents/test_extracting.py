"""The worker reads each document once, and what fails costs only its own text."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from wagtail.documents.models import Document
from wagtail.models import ModelLogEntry

from cms.documents import actions, extracting
from cms.documents.models import DocumentText
from portal.catalogue.models import Entry
from portal.extraction import limits
from portal.extraction.reasons import UNAVAILABLE
from portal.jobs import sweep
from tests.portal.extraction import files

pytestmark = pytest.mark.django_db
State = DocumentText.State


def text_of(document):
    return DocumentText.objects.get(document=document)


def entry_of(document):
    return Entry.objects.get(label="cms.showndocument", title=document.title)


def test_an_uploaded_document_waits_and_the_worker_reads_it(upload):
    document = upload("Wash hands", "Wear gloves")
    assert text_of(document).state == State.WAITING
    assert "cms.extract" in {one.name for one in sweep.sweeps()}
    assert extracting.extract_next() == 1
    found = text_of(document)
    assert (found.state, found.format, found.pages, found.characters) == (State.DONE, "pdf", 2, 21)
    assert found.text == "Wash hands\fWear gloves"
    assert extracting.extract_next() == 0


def test_the_text_reaches_the_entry_of_each_page(upload, shown_on, read_all):
    document = upload("Wash hands", "Wear gloves")
    shown_on(document), shown_on(document, title="More rules")
    entries = Entry.objects.filter(label="cms.showndocument")
    assert [(e.type, e.kind, e.title, e.url, e.body) for e in entries] == [
        ("document", "managed", "Handbook", document.file.url, "")
    ] * 2
    assert {e.subject.title for e in entries} == {"Rules", "More rules"}
    read_all()
    assert [e.body for e in entries.all()] == ["Wash hands\fWear gloves"] * 2
    assert entries.all()[0].facets == {"pages": 2, "page_unit": "page", "format": "pdf"}


def test_the_format_is_told_by_content_whatever_the_name(upload, read_all):
    document = upload(content=files.word("Wash hands"), name="letter.pdf")
    read_all()
    assert text_of(document).format == "docx"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.4 broken", limits.BROKEN),
        (files.locked_pdf("Secret"), limits.ENCRYPTED),
        (files.laughing_docx(), limits.ENTITIES),
    ],
)
def test_a_file_that_cannot_be_read_costs_only_its_own_text(upload, shown_on, read_all, content, reason):
    bad, good = upload(content=content, title="Bad"), upload("Wash hands", title="Good")
    shown_on(bad, good)
    read_all()
    found = text_of(bad)
    assert (found.state, found.reason, found.text) == (State.FAILED, reason, "")
    assert str(found.note)
    assert entry_of(bad).body == ""
    assert entry_of(good).body == "Wash hands"


def test_an_unchanged_file_is_not_read_again(upload, read_all, monkeypatch):
    document = upload("Wash hands")
    read_all()
    content = document.file.read()
    monkeypatch.setattr(extracting, "extract", lambda copy: pytest.fail("read again"))
    document.file = ContentFile(content, "renamed.pdf")
    document.save()
    assert text_of(document).state == State.WAITING
    read_all()
    assert (text_of(document).state, text_of(document).text) == (State.DONE, "Wash hands")


def test_a_replaced_file_takes_its_old_text_away_at_once(upload, shown_on, read_all):
    document = upload("Salaries of all")
    shown_on(document)
    read_all()
    document.file = ContentFile(files.pdf("Salaries of none"), "new.pdf")
    document.save()
    entry = entry_of(document)
    assert (entry.body, entry.facets, entry.url) == ("", {}, document.file.url)
    read_all()
    assert entry_of(document).body == "Salaries of none"


def test_a_replacement_that_fails_leaves_no_old_text(upload, shown_on, read_all):
    document = upload("Salaries of all")
    shown_on(document)
    read_all()
    document.file = ContentFile(b"%PDF-1.4 broken", "new.pdf")
    document.save()
    read_all()
    assert (text_of(document).text, entry_of(document).body) == ("", "")


def test_a_file_replaced_while_it_is_read_keeps_waiting(upload, read_all, monkeypatch):
    document, original = upload("Old text"), extracting.extract

    def meanwhile(copy):
        found = original(copy)
        monkeypatch.setattr(extracting, "extract", original)
        document.file = ContentFile(files.pdf("New text"), "new.pdf")
        document.save()
        return found

    monkeypatch.setattr(extracting, "extract", meanwhile)
    extracting.extract_next()
    assert (text_of(document).state, text_of(document).text) == (State.WAITING, "")
    read_all()
    assert text_of(document).text == "New text"


def test_what_a_killed_worker_left_is_taken_up_again_but_not_for_ever(upload):
    document = upload("Wash hands")
    for _number in range(extracting.ATTEMPTS):
        assert extracting._claim() is not None
        assert extracting._claim() is None  # another worker leaves it alone
        DocumentText.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    assert extracting.extract_next() == 1
    assert (text_of(document).state, text_of(document).reason) == (State.FAILED, limits.CRASHED)


def test_a_storage_that_fails_is_asked_again_later(upload, monkeypatch):
    document, storage = upload("Wash hands"), Document._meta.get_field("file").storage
    with monkeypatch.context() as broken:
        broken.setattr(type(storage._wrapped), "open", lambda *a, **k: (_ for _ in ()).throw(TimeoutError("away")))
        assert extracting.extract_next() == 1
    found = text_of(document)
    assert (found.state, found.detail) == (State.WAITING, "TimeoutError: away")
    assert extracting.extract_next() == 0
    DocumentText.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    assert extracting.extract_next() == 1
    assert (text_of(document).state, text_of(document).detail) == (State.DONE, "")


def test_a_file_that_is_gone_is_told(upload):
    document = upload("Wash hands")
    Path(document.file.path).unlink()
    extracting.extract_next()
    assert (text_of(document).state, text_of(document).reason) == (State.FAILED, UNAVAILABLE)


def test_a_scan_says_that_it_has_no_letters(upload, read_all):
    document = upload("")
    read_all()
    assert text_of(document).state == State.DONE
    assert "text recognition" in text_of(document).note


def test_trying_again_is_for_who_may_change_the_document_and_is_recorded(upload, read_all, bob, ida):
    document = upload(content=b"%PDF-1.4 broken")
    read_all()
    with pytest.raises(PermissionDenied):
        actions.extract_again(text_of(document), acting_person=bob)
    assert text_of(document).state == State.FAILED
    actions.extract_again(text_of(document), acting_person=ida)
    assert text_of(document).state == State.WAITING
    assert ModelLogEntry.objects.get(action="folkmoot.document.extract").user == ida


def test_documents_and_pages_from_before_are_taken_up_by_the_sweep(upload, shown_on, read_all):
    document = upload("Wash hands")
    shown_on(document)
    Entry.objects.filter(label="cms.showndocument").delete()
    document.shown.all().delete()
    DocumentText.objects.all().delete()
    assert actions.reconcile() == 2
    assert actions.reconcile() == 0
    read_all()
    assert entry_of(document).body == "Wash hands"


def test_the_command_tells_and_reads(upload):
    upload("Wash hands", title="Good")
    bad = upload(content=b"%PDF-1.4 broken", title="Bad")
    out = io.StringIO()
    call_command("documents", "extract", "--json", stdout=out)
    assert json.loads(out.getvalue())["read"] == 2
    out = io.StringIO()
    call_command("documents", "status", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["states"] == {"waiting": 0, "done": 1, "failed": 1}
    assert [(one["id"], one["title"], one["reason"]) for one in told["failed"]] == [(bad.pk, "Bad", "broken")]
    out = io.StringIO()
    call_command("documents", "extract", "--again", stdout=out)
    assert "1 read" in out.getvalue()
    call_command("documents", "extract", "--document", str(bad.pk), stdout=out)
    assert ModelLogEntry.objects.filter(action="folkmoot.document.extract").count() == 2
