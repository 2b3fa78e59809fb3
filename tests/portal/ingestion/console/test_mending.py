"""A rejected item in the admin: read, mended by columns, as text or from a file, downloaded."""

from __future__ import annotations

from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from plugins.rosters.models import Shift
from plugins.rosters.tests.samples import calendar, event, on
from plugins.tasks.models import Task
from portal.ingestion.models import RejectedItem
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.console.conftest import BAD, GOOD, HEAD, text
from tests.portal.ingestion.formats.things import sheet

ONE = "/admin/sources/source/todo/"
COLUMNS = {"cell-0": "2", "cell-1": "Count the beds", "cell-2": "bob"}


def page_of(item: RejectedItem) -> str:
    return f"/admin/sources/source/{item.source.slug}/rejected/{item.pk}/"


@pytest.fixture
def page(tasks) -> str:
    deliver(tasks, HEAD + GOOD + BAD)
    return page_of(RejectedItem.objects.get())


def upload(content: bytes):
    return SimpleUploadedFile("item.txt", content)


def test_a_rejected_item_is_read_as_delivered_mended_and_gone_from_the_list(page, as_ida):
    html = text(as_ida.get(f"{page}?as=text"))
    assert html.count("2,Count the beds,bob,soon") == 2
    html = text(as_ida.post(page, {"raw": "2,Count the beds,bob,later"}))
    assert "later" in html
    assert RejectedItem.objects.get().state == "open"
    assert as_ida.post(page, {"raw": ""}).status_code == 422
    answer = as_ida.post(page, {"raw": "2,Count the beds,bob,2026-12-02\r\n"}, follow=True)
    assert "2 went in." in text(answer)
    assert "Everything it sent could be used." in text(answer)
    assert Task.objects.get(external_id="2").title == "Count the beds"
    assert "mended by hand" in text(as_ida.get(f"{ONE}rejected/?show=all"))
    assert "This was settled" in text(as_ida.get(page))


def test_what_was_delivered_is_shown_as_text(tasks, as_ida):
    deliver(tasks, HEAD + b"<script>alert(1)</script>;x;bob;soon\n")
    item = RejectedItem.objects.get()
    for address in (f"{ONE}rejected/", f"{ONE}rejected/{item.pk}/", f"{ONE}history/"):
        assert "<script>alert" not in text(as_ida.get(address))


def test_a_row_is_mended_column_by_column_with_the_names_of_its_file(page, as_ida):
    html = text(as_ida.get(page))
    assert "csrfmiddlewaretoken" in html.partition("source-mend")[2]
    for name, value in (("id", "2"), ("title", "Count the beds"), ("assignee", "bob"), ("due", "soon")):
        assert f">{name}" in html.replace("\n", "").replace("  ", "")
        assert f'value="{value}"' in html
    assert "Read as" not in html
    answer = as_ida.post(page, COLUMNS | {"cell-3": "later, perhaps"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["cell-3"]
    assert 'value="later, perhaps"' in text(answer)
    assert "2 went in." in text(as_ida.post(page, COLUMNS | {"cell-3": "2026-12-02"}, follow=True))
    assert str(Task.objects.get(external_id="2").due_on) == "2026-12-02"


def test_so_is_a_row_of_a_workbook(emergency, bob, as_ida):
    source = make_source(
        "tasks.xlsx", slug="book", department=emergency, settings={"locale": "de", "columns": {"title": "Aufgabe"}}
    )
    deliver(source, sheet(["id", "Aufgabe", "assignee", "due"], [7, "Count, then paint", "bob", "soon"]))
    item = RejectedItem.objects.get()
    html = text(as_ida.get(page_of(item)))
    assert 'value="Count, then paint"' in html
    assert "Read as: title" in html
    cells = {"cell-0": "7", "cell-1": "Count, then paint", "cell-2": "bob", "cell-3": "24.12.2026"}
    assert "7 went in." in text(as_ida.post(page_of(item), cells, follow=True))
    assert str(Task.objects.get().due_on) == "2026-12-24"


def test_so_is_an_event_in_its_own_words(emergency, as_ida):
    source = make_source("rosters.ical", slug="rota", department=emergency)
    bad = event("two@rota", on(2), on(2, "1530")).replace("DTEND;TZID=Europe/Tallinn:", "DTEND:someday ")
    deliver(source, calendar(event("one@rota", on(1), on(1, "1530")), bad))
    item = RejectedItem.objects.get()
    html = unescape(text(as_ida.get(page_of(item))))
    assert html.count("BEGIN:VEVENT\nUID:two@rota") == 2  # as delivered, and in the form
    wrong = as_ida.post(page_of(item), {"raw": item.raw.replace("UID", "UED")})
    assert "needs one UID" in text(wrong)
    assert "UED:two@rota" in text(wrong)
    said = as_ida.post(
        page_of(item),
        {"raw": item.raw.replace("DTEND:someday ", "DTEND;TZID=Europe/Tallinn:").replace("\n", "\r\n")},
        follow=True,
    )
    assert "two@rota went in." in text(said)
    assert Shift.objects.count() == 2


@pytest.mark.parametrize("broken", ["2;Count the beds", '2;"Count" the beds;bob;soon', "2;a;b;c;d"])
def test_a_row_that_does_not_fit_the_columns_can_still_be_mended(tasks, as_ida, broken):
    deliver(tasks, HEAD + broken.encode() + b"\n")
    page = page_of(RejectedItem.objects.get())
    assert as_ida.get(page).status_code == 200
    answer = as_ida.post(page, {"raw": "2,Count the beds,bob,2026-12-02"}, follow=True)
    assert "2 went in." in text(answer)


def test_what_is_too_long_for_a_form_is_downloaded_and_given_back(tasks, as_ida):
    long = HEAD + BAD.replace(b"soon", b"x" * 12_000)
    deliver(tasks, long)
    page = page_of(RejectedItem.objects.get())
    html = text(as_ida.get(page))
    assert "too long for a form" in html
    assert "<textarea" not in html
    answer = as_ida.get(f"{page}item.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert text(answer) == f"2,Count the beds,bob,{'x' * 12_000}"
    assert "Choose the file with the mended item." in text(as_ida.post(page))
    for content, said in ((b"\xff\xfe\xff", "not text in UTF-8"), (b"2,Count the beds,bob,never", "never"),
                          (b"x" * 11_000_000, "at most 10 MB")):  # fmt: skip
        answer = as_ida.post(page, {"file": upload(content)})
        assert answer.status_code == 422
        assert said in text(answer)
    mended = b"\xef\xbb\xbf" + answer_of(as_ida, page).replace(b"x" * 12_000, b"2026-12-02")
    assert "2 went in." in text(as_ida.post(page, {"file": upload(mended)}, follow=True))


def answer_of(client, page: str) -> bytes:
    content: bytes = client.get(f"{page}item.txt").content
    return content


def test_a_file_is_taken_instead_of_the_form(page, as_ida):
    file = upload(b"2,Paint the beds,bob,2026-12-02\r\n")
    as_ida.post(page, COLUMNS | {"cell-3": "soon", "file": file})
    assert Task.objects.get(external_id="2").title == "Paint the beds"


def test_what_cannot_be_found_for_a_download_is_told(tasks, as_ida):
    run = deliver(tasks, HEAD + BAD.replace(b"soon", b"x" * 12_000))
    run.delivery.chunks.all().delete()
    answer = as_ida.get(f"{page_of(RejectedItem.objects.get())}item.txt", follow=True)
    assert "kept no longer" in text(answer)


def test_an_item_of_another_source_is_not_downloaded(page, tasks, emergency, as_ida):
    make_source("tasks.csv", slug="other", department=emergency)
    address = page.replace("/todo/", "/other/")
    assert as_ida.get(f"{address}item.txt").status_code == 404
    assert as_ida.get(address).status_code == 404
