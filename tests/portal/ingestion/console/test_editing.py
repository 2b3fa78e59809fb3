"""Adding and changing a source: one form made of what its adapter and its transport say can be set."""

from __future__ import annotations

import re

from django import forms
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.audience.expressions import EVERYONE, any_of, excluding
from portal.ingestion import actions, adapters
from portal.ingestion.console.schema import SchemaPart
from portal.ingestion.models import Source
from tests.portal.ingestion.console.conftest import text
from tests.portal.ingestion.console.filling import ADD, EDIT, form_of


def test_first_the_adapter_is_chosen_with_what_a_delivery_means(as_ida):
    html = text(as_ida.get("/admin/sources/add/"))
    assert 'href="/admin/sources/add/tasks.csv/"' in html
    assert "Tasks from CSV" in html
    assert "what is absent from it counts as gone" in html


def test_every_setting_of_adapter_and_transport_has_a_field_with_a_help(as_ida):
    html = text(as_ida.get(ADD))
    for name in ("columns-key", "fixed-value", "header_row", "delimiter", "decimal_comma", "done_states", "locale"):
        assert f'name="setting-{name}"' in html, name
    for name in ("login", "pages", "max_seconds", "token_url", "order"):
        assert f'name="transport-{name}"' in html, name
    assert "In which column a field is" in html
    assert "From 0 to 1000." in html
    assert '<option value="assignee">' in html


def test_a_source_is_added_and_its_secret_is_shown_once(as_ida, ida, fields, emergency):
    fields |= {
        "setting-delimiter": [";"],
        "setting-columns-key": ["title", "due", "assignee"],
        "setting-columns-value": ["Was", "4", '["Vorname", "Name"]'],
        "setting-done_states": ["done\nfertig"],
        "setting-decimal_comma": ["true"],
        "pull_from": ["lab/list.csv"],
        "schedule": ["*/15 * * * *"],
        "allowed_hosts": ["Intern.example:8080"],
        "stale_after": ["90"],
        "transport-max_seconds": ["10"],
        "token": ["geheim-42"],
    }
    answer = as_ida.post(ADD, fields)
    source = Source.objects.get()
    assert source.secrets[0] in text(answer)
    assert "geheim" not in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert source.settings["delimiter"] == ";"
    assert source.settings["columns"] == {"title": "Was", "due": "4", "assignee": ["Vorname", "Name"]}
    assert source.settings["done_states"] == ["done", "fertig"]
    assert source.settings["decimal_comma"] is True
    assert source.transport == {"max_seconds": 10}
    assert source.allowed_hosts == ["intern.example:8080"]
    assert (source.stale_after, source.token, source.department) == (90, "geheim-42", emergency)
    assert source.audience_key == ""
    for address in (
        "/admin/sources/source/list/",
        "/admin/sources/source/list/edit/",
        "/admin/sources/source/list/secret/",
    ):
        assert source.secrets[0] not in text(as_ida.get(address))
        assert "geheim" not in text(as_ida.get(address))


def test_what_does_not_fit_stands_at_its_field_and_nothing_typed_is_lost(as_ida, fields):
    fields |= {
        "setting-header_row": ["many"],
        "setting-delimiter": [";;"],
        "setting-columns-key": ["title", ""],
        "setting-columns-value": ["Was", "Wer"],
        "transport-pages": ["cursor"],
        "schedule": ["often"],
        "name": [""],
        "token": ["geheim-42"],
    }
    answer = as_ida.post(ADD, fields)
    html = text(answer)
    assert answer.status_code == 422
    assert not Source.objects.exists()
    assert "Row 2: choose what “Wer” is for." in html
    assert 'value="Wer"' in html
    assert re.search(r'<input[^>]*name="schedule"[^>]*value="often"', html)
    assert "geheim" not in html
    assert "type it once more" in html
    assert 'href="#id_name"' in html
    fields |= {"setting-columns-value": ["Was", ""], "name": ["x"]}
    html = text(as_ida.post(ADD, fields))
    for words in ("Give a whole number.", "At most 1 characters.", "with login token and pages cursor"):
        assert words in html, words
    assert 'href="#id_setting-header_row"' in html


def test_what_the_action_refuses_stands_at_its_field(as_ida, fields):
    html = text(as_ida.post(ADD, fields | {"schedule": ["often"], "pull_from": ["ftp://x/"], "allowed_hosts": ["a b"]}))
    assert "This is not a schedule" in html
    assert "Only addresses that begin with http" in html
    assert "a b is not a host" in html
    assert html.count("w-field__errors-icon") >= 3


def test_more_rows_are_there_without_a_script_and_without_complaint(as_ida, fields):
    fields |= {"setting-columns-key": ["title", "due", "url"], "setting-columns-value": ["A", "B", "C"], "name": [""]}
    answer = as_ida.post(ADD, fields | {"more": ["1"]})
    assert text(answer).count('name="setting-columns-key"') == 6
    assert 'value="C"' in text(answer)
    assert "Nothing was saved yet" not in text(answer)
    assert answer.status_code == 200


def test_an_untouched_form_changes_nothing(tasks, as_ida):
    settings = {
        "delimiter": "\t",
        "columns": {"due": 4, "title": ["a", 2], "url": ""},
        "thousands": " ",
        "locale": "de",
    }
    actions.update_source(
        tasks, settings=settings, transport={"login": "password", "username": "me"}, token="t", acting_person=None
    )
    before = Source.objects.values().get()
    answer = as_ida.post(EDIT, form_of(as_ida, EDIT), follow=True)
    assert "Nothing was changed." in text(answer)
    assert Source.objects.values().get() == before


def test_only_what_changed_is_saved_and_the_secret_stays_or_goes(tasks, as_ida):
    actions.update_source(tasks, token="geheim-42", acting_person=None)
    given = form_of(as_ida, EDIT)
    assert "slug" not in given
    del given["seen"]  # by one person, several times
    assert as_ida.post(EDIT, given | {"name": ["another name"]}).status_code == 302
    tasks.refresh_from_db()
    assert (tasks.name, tasks.token) == ("another name", "geheim-42")
    as_ida.post(EDIT, given | {"token": ["neu"]})
    tasks.refresh_from_db()
    assert tasks.token == "neu"
    answer = as_ida.post(EDIT, given | {"token": ["x"], "token_remove": ["on"]})
    assert "Give a new secret, or remove the one there is." in text(answer)
    as_ida.post(EDIT, given | {"token_remove": ["on"]})
    tasks.refresh_from_db()
    assert tasks.token == ""


def test_the_audience_is_chosen_as_for_pages(tasks, as_ida, laboratory):
    given = form_of(as_ida, EDIT)
    del given["seen"]  # by one person, several times
    answer = as_ida.post(EDIT, given | {"audience_kind": ["chosen"]})
    assert "Choose below whom its items are for." in text(answer)
    chosen = {"audience_kind": ["chosen"], "audience_departments": [str(laboratory.pk)]}
    as_ida.post(EDIT, given | chosen)
    tasks.refresh_from_db()
    assert tasks.audience_expression == any_of(f"department:{laboratory.pk}")
    as_ida.post(EDIT, given | {"audience_kind": ["chosen"], "audience_everyone": ["on"]})
    tasks.refresh_from_db()
    assert tasks.audience_expression == EVERYONE
    as_ida.post(EDIT, given | {"audience_kind": ["home"]})
    tasks.refresh_from_db()
    assert tasks.audience_key == ""


def test_an_audience_that_the_lists_cannot_say_is_kept(tasks, as_ida):
    odd = excluding(EVERYONE, "role:nurse")
    actions.update_source(tasks, audience=odd, acting_person=None)
    as_ida.post(EDIT, form_of(as_ida, EDIT) | {"name": ["new"]})
    tasks.refresh_from_db()
    assert (tasks.audience_expression, tasks.name) == (odd, "new")


def test_the_next_runs_of_a_schedule_are_told(tasks, as_ida):
    given = form_of(as_ida, EDIT) | {"schedule": ["0 6 * * *"], "pull_from": ["a.csv"], "more": ["1"]}
    assert text(as_ida.post(EDIT, given)).count("6 a.m.") == 3


def test_the_form_asks_the_same_whatever_there_is(tasks, as_ida, emergency):
    from tests import factories

    def count():
        with CaptureQueriesContext(connection) as captured:
            as_ida.get(EDIT)
        return len([query for query in captured if "audience_stamp" not in query["sql"]])

    count()
    few = count()
    for _number in range(20):
        factories.department(parent=emergency)
    count()
    assert count() == few


def test_whom_to_tell_from_when_to_hold_and_how_far_items_reach(tasks, as_ida, bob, alice):
    given = form_of(as_ida, EDIT)
    assert given["hold_share"] == ["50"]
    change = {"told": [str(bob.pk), str(alice.pk)], "hold_share": ["20"], "reach": ["heads", "people"]}
    assert as_ida.post(EDIT, given | change).status_code == 302
    tasks.refresh_from_db()
    assert set(tasks.told.all()) == {alice, bob}
    assert (tasks.hold_share, tasks.audience_roles) == (20, ["people", "heads"])
    same = {"reach": ["people", "heads"], "told": [str(alice.pk), str(bob.pk)]}
    answer = as_ida.post(EDIT, form_of(as_ida, EDIT) | same, follow=True)
    assert "Nothing was changed." in text(answer)
    as_ida.post(EDIT, form_of(as_ida, EDIT) | {"told": [], "hold_share": [""], "reach": []})
    tasks.refresh_from_db()
    assert tasks.hold_share is None
    assert not tasks.told.exists()
    assert tasks.audience_roles == []


def test_a_new_source_names_whom_to_tell_and_is_tried_all_the_same(as_ida, fields, bob):
    fields |= {"told": [str(bob.pk)], "pull_from": ["list.csv"]}
    assert "It cannot be read" in text(as_ida.post(ADD, fields | {"test": ["1"]}))
    as_ida.post(ADD, fields)
    assert list(Source.objects.get().told.all()) == [bob]


def test_the_form_of_every_adapter_gives_its_own_defaults_back(db):
    for slug, (adapter, _plugin) in adapters.every().items():
        part = SchemaPart(adapter.settings_model, "setting")
        fields, initial = part.fields(), part.initial({})
        assert not [name for name, field in fields.items() if isinstance(field, forms.JSONField)], slug
        assert not [name for name, field in fields.items() if not field.label or "_" in field.label], slug
        cleaned = {name: field.clean(_sent(field, initial[name])) for name, field in fields.items()}
        assert part.read(cleaned, {}).model_dump() == adapter.settings_model().model_dump(), slug


def _sent(field, value):
    return list(value.items()) if isinstance(value, dict) else value


def test_who_saves_after_somebody_else_is_told_and_undoes_nothing(as_ida, tasks):
    typed = form_of(as_ida, EDIT) | {"name": ["A new name"]}
    actions.update_source(tasks, allowed_hosts=["intern.example"], acting_person=None)
    answer = as_ida.post(EDIT, typed)
    assert (answer.status_code, "Somebody has changed this" in text(answer)) == (422, True)
    assert "A new name" in text(answer)
    tasks.refresh_from_db()
    assert (tasks.name, tasks.allowed_hosts) == ("the task list", ["intern.example"])
    assert as_ida.post(EDIT, form_of(as_ida, EDIT) | {"name": ["A new name"]}).status_code == 302
    tasks.refresh_from_db()
    assert (tasks.name, tasks.allowed_hosts) == ("A new name", ["intern.example"])
