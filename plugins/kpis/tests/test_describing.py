"""What people add to a figure: its definition and notes on readings; who may, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from plugins.kpis import privacy
from plugins.kpis.describing import write_definition, write_note
from plugins.kpis.models import Definition, Kpi, ReadingNote
from plugins.kpis.tests.samples import HEADER, csv_of, day, row
from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.gate import PluginOff
from portal.people.actions import add_membership
from portal.testing.adapters import deliver
from tests import factories

TEXT = "Median time from arrival to the first doctor, of all patients of a day."


def with_definition(text: str) -> bytes:
    return f"{HEADER},definition\n{row('door', 0, 34, name='Door to doctor')},{text}\n".encode()


def later(seconds: int = 1):
    return timezone.now() + timedelta(seconds=seconds)


def test_the_source_says_what_is_measured(source, as_bob, alice):
    deliver(source, with_definition("Median of all"))
    kpi = Kpi.objects.get()
    assert "Median of all" in as_bob.get(kpi.get_absolute_url()).content.decode()
    assert "Median of all" in Entry.objects.get(type="kpi").body
    with pytest.raises(ValidationError, match="source says"):
        write_definition(kpi, TEXT, acting_person=alice)
    deliver(source, with_definition("Mean of all"), sent_at=later())
    assert "Mean of all" in as_bob.get(kpi.get_absolute_url()).content.decode()


def test_where_it_does_not_the_head_writes_it_and_what_was_written_stays(door, alice, as_bob, as_alice):
    page = door.get_absolute_url()
    assert "nobody has written it here yet" in as_bob.get(page).content.decode()
    for text in ("A first try", TEXT):
        answer = as_alice.post(reverse("kpis:definition", args=[door.pk]), {"text": text})
        assert answer.headers["Location"] == page
    html = as_bob.get(page).content.decode()
    assert html.index(TEXT) < html.index("Earlier wordings") < html.index("A first try")
    assert "Alice Aav" in html
    assert [one.text for one in Definition.objects.newest()] == [TEXT, "A first try"]
    assert TEXT in Entry.objects.get(type="kpi").body
    logged = ModelLogEntry.objects.filter(action="folkmoot.content.edit", user=alice)
    assert [entry.data for entry in logged.order_by("pk")] == [{"definition": "A first try"}, {"definition": TEXT}]


def test_the_same_again_is_no_new_wording_and_nothing_withdraws_it(door, alice, as_bob):
    for text in (TEXT, TEXT, ""):
        write_definition(door, text, acting_person=alice)
    assert [one.text for one in Definition.objects.newest()] == ["", TEXT]
    assert TEXT not in Entry.objects.get(type="kpi").body
    assert "nobody has written it here yet" in as_bob.get(door.get_absolute_url()).content.decode()


def test_a_definition_that_the_source_gives_later_replaces_what_was_written_here(door, source, alice, as_bob):
    write_definition(door, TEXT, acting_person=alice)
    deliver(source, with_definition("Median of all"), sent_at=later())
    html = as_bob.get(door.get_absolute_url()).content.decode()
    assert "Median of all" in html
    assert TEXT not in html


def test_its_owner_describes_it_and_others_do_not(door, bob, as_bob, charlie, as_charlie, organisation):
    reading = door.readings.first()
    addresses = (reverse("kpis:definition", args=[door.pk]), reverse("kpis:note", args=[door.pk, reading.pk]))
    for client, status in ((as_bob, 403), (as_charlie, 404)):
        for address in addresses:
            assert client.get(address).status_code == status
            assert client.post(address, {"text": TEXT}).status_code == status
    for person, refused in ((bob, PermissionDenied), (charlie, Http404)):
        with pytest.raises(refused):
            write_definition(door, TEXT, acting_person=person)
        with pytest.raises(refused):
            write_note(reading, TEXT, acting_person=person)
    assert (Definition.objects.count(), ReadingNote.objects.count()) == (0, 0)
    assert "Add note" not in as_bob.get(door.get_absolute_url()).content.decode()
    Kpi.objects.update(owner=bob)
    door.refresh_from_db()
    write_definition(door, TEXT, acting_person=bob)
    assert as_bob.get(addresses[0]).status_code == 200
    assert "Add note" in as_bob.get(door.get_absolute_url()).content.decode()


def test_an_editor_of_the_department_describes_it(door, emergency):
    editor = factories.person(departments=[emergency])
    add_membership(editor, emergency, acting_person=None, is_editor=True)
    editor.refresh_from_db()
    write_definition(door, TEXT, acting_person=editor)
    assert Definition.objects.get().author == editor


def test_a_note_survives_that_its_reading_comes_again_and_says_who_wrote_it(door, source, alice, as_alice, as_bob):
    reading = door.readings.get(date=day(0))
    as_alice.post(reverse("kpis:note", args=[door.pk, reading.pk]), {"text": "New triage nurse"})
    changed = csv_of(row("door", 1, 36), row("door", 0, 33, name="Door to doctor", note="Corrected"))
    deliver(source, changed, sent_at=later())
    deliver(source, csv_of(row("door", 1, 36)), sent_at=later(2))
    html = as_bob.get(door.get_absolute_url()).content.decode()
    for said in ("New triage nurse", "Alice Aav", "Corrected", "no longer delivered"):
        assert said in html
    assert (reading.own_note.text, reading.own_note.author) == ("New triage nurse", alice)
    assert "New triage nurse" in Entry.objects.get(type="kpi").summary


def test_a_note_is_changed_and_taken_back(door, alice, ida, emergency):
    reading = door.readings.first()
    write_note(reading, "First", acting_person=alice)
    add_membership(ida, emergency, acting_person=None)
    write_note(reading, "Second", acting_person=ida)
    assert list(ReadingNote.objects.values_list("text", "author")) == [("Second", ida.pk)]
    assert write_note(reading, "  ", acting_person=alice) is None
    assert ReadingNote.objects.count() == 0


def test_texts_are_measured_and_cleaned(door, alice, as_alice):
    with pytest.raises(ValidationError, match="shorten it to 4000"):
        write_definition(door, "x" * 4001, acting_person=alice)
    with pytest.raises(ValidationError, match="shorten it to 1000"):
        write_note(door.readings.first(), "x" * 1001, acting_person=alice)
    assert write_definition(door, "a\x00b\u202e ", acting_person=alice).text == "ab"
    answer = as_alice.post(reverse("kpis:definition", args=[door.pk]), {"text": "x" * 4001})
    assert "4000" in answer.content.decode()


def test_a_note_of_another_figure_is_not_reached_through_this_one(door, source, as_alice):
    deliver(source, csv_of(row("door", 0, 34, name="Door to doctor"), row("beds", 0, 90)), sent_at=later())
    beds = Kpi.objects.get(external_id="beds").readings.get()
    assert as_alice.post(reverse("kpis:note", args=[door.pk, beds.pk]), {"text": "x"}).status_code == 404


def test_off_nothing_is_written(door, alice, emergency):
    rules.set_rule("kpis", emergency, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        write_definition(door, TEXT, acting_person=alice)


def test_a26_scripts_in_what_people_write_are_inert(door, alice, as_bob):
    script = "<script>alert(1)</script>"
    write_definition(door, script, acting_person=alice)
    write_note(door.readings.first(), script, acting_person=alice)
    html = as_bob.get(door.get_absolute_url()).content.decode()
    assert script not in html
    assert html.count("&lt;script&gt;") >= 2


def test_whoever_is_erased_is_named_nowhere_and_what_they_wrote_stays(door, alice, as_bob):
    write_definition(door, TEXT, acting_person=alice)
    write_note(door.readings.first(), "A note", acting_person=alice)
    held = privacy.export(alice)
    assert (held["definitions"][0]["text"], held["notes"][0]["text"]) == (TEXT, "A note")
    privacy.erase(alice, acting_person=None)
    html = as_bob.get(door.get_absolute_url()).content.decode()
    assert TEXT in html
    assert "Someone who has left" in html
    assert "Alice" not in html
