"""Whom to tell is chosen among people by searching, with no script; who has left is shown, and cannot be added."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.host.console.people_field import MOST_FOUND
from portal.ingestion import actions
from portal.people.actions import deactivate_person
from tests import factories
from tests.portal.ingestion.console.conftest import text
from tests.portal.ingestion.console.filling import EDIT, form_of

PAGE = "/admin/sources/source/todo/"


@pytest.fixture
def post(tasks, as_ida):
    def sent(**fields):
        return as_ida.post(EDIT, form_of(as_ida, EDIT) | {"told": []} | fields)

    return sent


def boxes(answer) -> dict[str, bool]:
    """Id -> whether ticked, of the boxes for people."""
    found = re.findall(r'name="told" value="(\d+)"( checked)?', text(answer))
    return {pk: bool(ticked) for pk, ticked in found}


def told(tasks):
    return sorted(tasks.told.values_list("username", flat=True))


def test_a_search_shows_whom_it_finds_as_boxes_and_saves_nothing(post, tasks, alice, bob, charlie):
    answer = post(**{"told": [str(alice.pk)], "told-find": ["berg"], "more": ["told"]})
    assert answer.status_code == 200
    assert boxes(answer) == {str(alice.pk): True, str(bob.pk): False}
    assert 'value="berg"' in text(answer)
    assert told(tasks) == []
    post(**{"told": [str(alice.pk), str(bob.pk)]})
    assert told(tasks) == ["alice", "bob"]


@pytest.mark.parametrize("words", ["bob", "BOB@merekaar.example", "Bob Berg", " berg "])
def test_who_is_meant_without_doubt_is_chosen_at_once(post, tasks, bob, words):
    bob.email = "bob@merekaar.example"
    bob.save(update_fields=["email"])
    assert post(**{"told-find": [words]}).status_code == 302
    assert told(tasks) == ["bob"]
    post(**{"told": [str(bob.pk)], "told-find": [words]})
    assert told(tasks) == ["bob"]


def test_nobody_and_several_are_told_and_nothing_is_lost(post, tasks, alice, bob):
    factories.person("bertram", first_name="Bertram", last_name="Berg")
    for words, said in (("nobody", "Nobody here fits “nobody”"), ("berg", "Several people fit “berg”")):
        answer = post(**{"told": [str(alice.pk)], "told-find": [words]})
        assert answer.status_code == 422
        assert said in text(answer)
        assert boxes(answer)[str(alice.pk)]
        assert f'value="{words}"' in text(answer)
    assert "not known here any more" in text(post(told=["999999"]))
    assert told(tasks) == []


def test_of_many_only_the_first_are_shown(post, organisation):
    for number in range(MOST_FOUND + 2):
        factories.person(f"kask{number}", last_name="Kask")
    answer = post(**{"told-find": ["kask"], "more": ["told"]})
    assert len(boxes(answer)) == MOST_FOUND
    assert f"More than {MOST_FOUND} were found" in text(answer)


def test_who_has_left_cannot_be_chosen_and_is_found_by_no_search(post, tasks, bob):
    deactivate_person(bob, acting_person=None)
    assert boxes(post(**{"told-find": ["berg"], "more": ["told"]})) == {}
    assert "Bob Berg no longer works here; choose somebody else." in text(post(**{"told-find": ["bob"]}))
    assert "Bob Berg no longer works here; choose somebody else." in text(post(told=[str(bob.pk)]))
    with pytest.raises(ValidationError, match="no longer works here"):
        actions.update_source(tasks, told=[bob], acting_person=None)
    with pytest.raises(CommandError, match="bob no longer works here"):
        call_command("ingest", "set", "todo", "--tell", "bob")
    assert told(tasks) == []


def test_who_left_after_being_chosen_is_shown_as_such_and_may_stay_or_go(post, tasks, as_ida, alice, bob):
    actions.update_source(tasks, told=[alice, bob], acting_person=None)
    deactivate_person(bob, acting_person=None)
    assert "Bob Berg (no longer works here)" in text(as_ida.get(PAGE))
    assert "central IT is told" not in text(as_ida.get(PAGE))
    assert "no longer works here and is not told" in text(as_ida.get(EDIT))
    assert post(told=[str(alice.pk), str(bob.pk)], name=["the new list"]).status_code == 302
    assert told(tasks) == ["alice", "bob"]
    deactivate_person(alice, acting_person=None)
    assert "central IT is told" in text(as_ida.get(PAGE))
    post(told=[])
    assert told(tasks) == []


def test_the_search_costs_the_same_however_many_it_finds(tasks, as_ida, organisation, bob):
    fields = form_of(as_ida, EDIT) | {"told-find": ["kask"], "more": ["told"]}
    costs = []
    for number in range(12):
        factories.person(f"kask{number}", last_name="Kask")
        if number in (1, 11):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                as_ida.post(EDIT, fields)
            costs.append(len(queries))
    assert costs[0] == costs[1]
