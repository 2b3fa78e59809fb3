"""Items too long to be kept with their row: all of each is found again in its delivery, and mended from a file."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from plugins.tasks.models import Task
from portal.ingestion import fixing
from portal.ingestion.fixing import fix_rejected, is_cut, whole, why_not
from portal.ingestion.models import RejectedItem
from portal.testing.adapters import deliver, make_source

HEAD = "id;title;assignee;due\n"
NOTE = "x" * 12_000


@pytest.fixture
def tasks(emergency, bob):
    return make_source("tasks.csv", slug="todo", department=emergency, settings={"delimiter": ";"})


@pytest.fixture
def item(tasks) -> RejectedItem:
    rows = "".join(f"{number};Water the plants;bob;soon;\n" for number in range(3))
    deliver(tasks, f"{HEAD[:-1]};note\n{rows}8;Count the beds;bob;{NOTE};\n9;Paint the beds;bob;{NOTE};\n".encode())
    return RejectedItem.objects.select_related("source", "run__delivery").get(external_id="9")


def test_it_is_given_whole_as_it_was_delivered_whatever_language_is_asked_for(item):
    assert is_cut(item)
    assert not why_not(item)
    with translation.override("et"):
        assert whole(item) == f"9,Paint the beds,bob,{NOTE},"
    assert whole(RejectedItem.objects.select_related("source").get(external_id="0")) == "0,Water the plants,bob,soon,"


def test_it_is_mended_with_all_of_it(item):
    assert "went in" in fix_rejected(item, whole(item).replace(NOTE, "2026-12-02"), acting_person=None)
    assert Task.objects.get().title == "Paint the beds"


def test_a_long_object_of_json_is_one_too(emergency, bob):
    source = make_source("tasks.json", slug="jtodo", department=emergency)
    bad = {"id": "A-1", "title": "Sweep", "assignee": "bob", "due": "soon", "more": NOTE}
    deliver(source, json.dumps({"items": [bad]}).encode())
    item = RejectedItem.objects.select_related("source", "run__delivery").get()
    assert json.loads(whole(item)) == bad
    fix_rejected(item, whole(item).replace("soon", "2026-12-02"), acting_person=None)
    assert Task.objects.get().external_id == "A-1"


def test_what_is_not_there_any_more_is_told(item, tasks):
    type(tasks).objects.update(settings={"delimiter": ",", "header_row": 1, "columns": {"id": 1, "title": 1}})
    item.source.refresh_from_db()
    with pytest.raises(ValidationError, match="not refused any more"):
        whole(item)
    type(tasks).objects.update(settings={"delimiter": "|"})
    item.source.refresh_from_db()
    with pytest.raises(ValidationError, match="There is no column id"):
        whole(item)
    item.run.delivery.chunks.all().delete()
    with pytest.raises(ValidationError, match="kept no longer"):
        whole(item)


def test_a_request_does_not_look_for_ever(item):
    with pytest.raises(ValidationError, match=f"manage.py ingest rejected todo {item.pk}"):
        whole(item, seconds=1e-9)


@pytest.mark.parametrize("raw", ["x" * 41, "ä" * 21])
def test_it_may_be_as_long_as_a_delivery(item, tasks, monkeypatch, raw):
    assert fixing.most_bytes(tasks) == 10 * 1024 * 1024
    tasks.pull_from, tasks.transport = "https://rota.example/", {"max_megabytes": 3}
    assert fixing.most_bytes(tasks) == 3 * 1024 * 1024
    monkeypatch.setattr(fixing, "SIZE_LIMIT", 40)
    with pytest.raises(ValidationError, match="at most"):
        fix_rejected(item, raw, acting_person=None)
