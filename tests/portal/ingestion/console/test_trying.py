"""A source is tried before it is saved, and nothing is written."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from plugins.tasks.models import Task
from portal.ingestion.models import Record, Source
from portal.testing.adapters import deliver
from tests.portal.ingestion.console.conftest import BAD, GOOD, HEAD, text
from tests.portal.ingestion.console.filling import ADD, EDIT, form_of


def upload(body=HEAD + GOOD + BAD):
    return SimpleUploadedFile("list.csv", body, content_type="text/csv")


def test_a_new_source_is_tried_before_it_is_saved(as_ida, fields):
    fields |= {"setting-delimiter": [";"], "test": ["1"], "file": upload()}
    html = text(as_ida.post(ADD, fields))
    assert "Read from the file list.csv. Nothing was written." in html
    assert "1 item is new." in html
    assert "1 item cannot be used." in html
    assert "row 3" in html
    assert "title: Water the plants" in html
    assert not Source.objects.exists()
    assert not Task.objects.exists()
    assert 'value="the list"' in html


def test_a_change_is_tried_before_it_is_saved(tasks, as_ida):
    deliver(tasks, HEAD + GOOD + b"9;Old;bob;\n")
    given = form_of(as_ida, EDIT) | {"setting-fixed-key": ["title"], "setting-fixed-value": ["All the same"]}
    before = list(Record.objects.values())
    html = text(as_ida.post(EDIT, given | {"test": ["1"], "file": upload(HEAD + GOOD)}))
    assert "1 item changes." in html
    assert "1 item is gone at the source. (9)" in html
    tasks.refresh_from_db()
    assert tasks.settings["fixed"] == {}
    assert list(Record.objects.values()) == before


def test_trying_tells_what_is_in_the_way(tasks, as_ida, fields, settings):
    assert "choose a file to try" in text(as_ida.post(ADD, fields | {"test": ["1"]}))
    html = text(as_ida.post(ADD, fields | {"test": ["1"], "pull_from": ["no/such.csv"]}))
    assert "It cannot be read:" in html
    assert "no/such.csv" in html
    html = text(as_ida.post(ADD, fields | {"test": ["1"], "pull_from": ["http://10.0.0.1/x"]}))
    assert "inside a private network" in html
    html = text(as_ida.post(ADD, fields | {"test": ["1"], "file": upload(b"\xff\xfe\xfa")}))
    assert "It cannot be read:" in html
    huge = upload(b"x" * (5 * 1024 * 1024 + 1))
    assert "Up to 5 MB are tried here" in text(as_ida.post(ADD, fields | {"test": ["1"], "file": huge}))


def test_a_saved_source_is_tried_on_its_own_page(tasks, as_ida, local):
    page = "/admin/sources/source/todo/test/"
    deliver(tasks, HEAD + GOOD)
    html = text(as_ida.post(page))
    assert "Read from what was sent last" in html
    assert "1 item stays as it is." in html
    assert "1 item cannot be used." in text(as_ida.post(page, {"file": upload()}))


def test_a_fetch_inside_a_request_is_bounded(tasks):
    from portal.ingestion.console.trying import MEGABYTES, SECONDS, _bounded

    tasks.transport = {"max_seconds": 300, "max_megabytes": 1000}
    how = _bounded(tasks).transport_settings
    assert (how.max_seconds, how.max_megabytes) == (SECONDS, MEGABYTES)


def test_settings_that_fit_no_more_are_told_in_words(tasks, as_ida):
    Source.objects.filter(pk=tasks.pk).update(settings={"delimiter": "much too long"})
    answer = as_ida.post("/admin/sources/source/todo/test/", {"file": upload()})
    assert answer.status_code == 200
    assert "Its settings do not fit its adapter any more" in text(answer)
