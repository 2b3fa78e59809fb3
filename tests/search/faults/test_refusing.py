"""F5, a full disk, a mapping that does not fit: the server takes some of it, or nothing; poison costs only itself."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.catalogue.models import Entry, Outbox
from search import sweeps
from search.engines.elastic import indexes, mapping
from tests.search.conftest import titles
from tests.search.faults.conftest import OURS, thing, waiting, write
from tests.search.faults.server import LARGEST_REQUEST

BLOCK = "index.blocks.read_only_allow_delete"


def refused_rows() -> dict[int, tuple[int, str]]:
    rows = Outbox.objects.filter(engine=OURS, attempts__gt=0)
    return {row.entry_id: (row.attempts, row.error) for row in rows}


def is_due() -> None:
    """The pause after a refusal is over."""
    Outbox.objects.filter(retry_at__isnull=False).update(retry_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def conflicting(elasticsearch, monkeypatch):
    """An index of another make serves: it takes only true, false and nothing for the plugin of an entry."""
    definition = mapping.index_definition()
    definition["mappings"]["properties"]["plugin"] = {"type": "boolean"}
    definition["mappings"]["_meta"] = {"definition": "older"}
    monkeypatch.setattr(indexes, "index_definition", lambda: definition)
    indexes.serve(elasticsearch._writer, indexes.create(elasticsearch._writer))
    monkeypatch.undo()


def test_a_full_disk_delays_without_blame_and_is_made_up_for(elasticsearch, organisation, alice, catch_up, answered):
    write(thing("a"), "Item before")
    catch_up()
    name = indexes.state(elasticsearch._writer).serving
    elasticsearch._writer.indices.put_settings(index=name, settings={BLOCK: True})  # the flood stage
    for number in range(5):
        write(thing(f"t{number}"), f"Item {number}")
    sweeps.database()
    assert sweeps.elasticsearch() == 0
    assert waiting() == 5
    assert refused_rows() == {}
    assert answered("before").count == 1  # reading goes on
    elasticsearch._writer.indices.put_settings(index=name, settings={BLOCK: None})
    catch_up()
    assert answered("item").count == 6


def test_f5_of_a_bulk_partly_refused_only_those_are_tried_again(
    elasticsearch, conflicting, organisation, alice, answered, caplog
):
    taken = [write(thing(f"a{number}"), f"Taken {number}").pk for number in range(3)]
    refused = [write(thing(f"b{number}"), f"Refused {number}", plugin="microblog").pk for number in range(3)]
    assert sweeps.elasticsearch() == 6
    rows = refused_rows()
    assert set(rows) == set(refused)
    assert {attempts for attempts, _error in rows.values()} == {1}
    assert all("microblog" in error for _attempts, error in rows.values())
    assert "microblog" not in caplog.text  # what the server quotes stays out of the log
    assert answered("taken").count == len(taken)
    assert sweeps.elasticsearch() == 0  # not before its time
    is_due()
    assert sweeps.elasticsearch() == 3
    assert {attempts for attempts, _error in refused_rows().values()} == {2}


def test_a_mapping_conflict_is_told_and_a_rebuild_ends_it(
    elasticsearch, conflicting, organisation, alice, catch_up, answered, capsys, caplog
):
    write(thing("a"), "Item taken")
    write(thing("b"), "Item refused", plugin="microblog")
    sweeps.elasticsearch()
    sweeps.elasticsearch()
    assert "run manage.py search rebuild" in caplog.text  # when the worker starts
    with pytest.raises(CommandError) as caught:
        call_command("search", "status", "--check", "--engine", OURS)
    assert caught.value.returncode == 4
    told = capsys.readouterr().out
    assert "1 refused" in told
    assert "made for an older version: run search rebuild" in told
    assert "refused 1 times" in told
    call_command("search", "status", "--json", "--engine", OURS)
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts["outdated"], facts["postponed"], facts["refused"][0]["attempts"]) == (True, 1, 1)
    call_command("search", "rebuild", "--engine", OURS)
    catch_up()
    assert sorted(titles(answered("item"))) == ["Item refused", "Item taken"]
    call_command("search", "status", "--check", "--engine", OURS)
    assert elasticsearch.verify().differed == 0


def test_a_request_too_large_for_the_server_is_sent_in_parts_and_one_document_too_large_costs_only_itself(
    elasticsearch, organisation, alice, catch_up, answered
):
    write(thing("first"), "Item first")
    catch_up()
    for number in range(12):  # together more than the server takes in one request
        write(thing(f"t{number}"), f"Item {number}", body="word " * (LARGEST_REQUEST // 160), language="en")
    poison = write(thing("poison"), "Item poison", body="long " * (LARGEST_REQUEST // 5), language="en")
    assert sweeps.elasticsearch() == 13
    assert set(refused_rows()) == {poison.pk}
    assert "larger than the server takes" in refused_rows()[poison.pk][1]
    assert answered("item").count == 13
    Entry.objects.filter(pk=poison.pk).update(body="short")
    is_due()
    catch_up()
    assert answered("item").count == 14


def test_an_entry_of_which_no_document_can_be_made_costs_only_itself(
    elasticsearch, organisation, alice, catch_up, answered
):
    write(thing("before"), "Item before")
    poison = write(thing("poison"), "Item poison")
    write(thing("after"), "Item after")
    Entry.objects.filter(pk=poison.pk).update(topic_names=7)  # no list, as from a restored or edited row
    assert sweeps.elasticsearch() > 0
    while sweeps.elasticsearch():
        pass
    assert set(refused_rows()) == {poison.pk}
    assert "TypeError" in refused_rows()[poison.pk][1]
    assert sorted(titles(answered("item"))) == ["Item after", "Item before"]
    Entry.objects.filter(pk=poison.pk).update(topic_names=[])
    is_due()
    catch_up()
    assert answered("item").count == 3


def test_a_refused_entry_does_not_keep_a_new_index_from_serving(elasticsearch, organisation, answered):
    poison = write(thing("poison"), "Item poison")
    write(thing("good"), "Item good")
    Entry.objects.filter(pk=poison.pk).update(topic_names=7)
    while sweeps.elasticsearch():
        pass
    assert answered("good").count == 1
    assert elasticsearch.rebuild() == 1
    assert set(refused_rows()) == {poison.pk}
