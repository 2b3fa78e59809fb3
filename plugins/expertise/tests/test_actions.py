from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from wagtail.models import ModelLogEntry

from plugins.expertise import privacy
from plugins.expertise.actions import declare_skills
from plugins.expertise.models import DeclaredSkill, Expertise
from portal.catalogue.actions import entry_for
from portal.catalogue.models import Entry, Topic
from portal.host import rules
from portal.host.gate import PluginOff
from portal.people.actions import deactivate_person
from search.query import SearchRequest
from search.service import search


def skills(person):
    return sorted(Expertise.objects.get(person=person).skills.names())


def test_declaring_replaces_what_was_declared(bob):
    declare_skills(["Sepsis", "rosters", " sepsis ", "#triage", "", "  "], acting_person=bob)
    assert skills(bob) == ["Sepsis", "rosters", "triage"]
    declare_skills(["rosters"], acting_person=bob)
    assert skills(bob) == ["rosters"]


def test_skills_and_topics_are_one_vocabulary(bob, alice):
    declare_skills(["hand hygiene"], acting_person=bob)
    declare_skills(["Hand hygiene"], acting_person=alice)
    assert Topic.objects.count() == 1


def test_markup_and_what_cannot_be_stored_is_just_text(bob):
    declare_skills(["a\x00b\ud800", "<b>bold</b>"], acting_person=bob)
    assert skills(bob) == ["<b>bold</b>", "ab"]


@pytest.mark.parametrize("names", [["x" * 61], [f"topic {n}" for n in range(31)]])
def test_too_long_and_too_many_are_refused(names, bob):
    with pytest.raises(ValidationError):
        declare_skills(names, acting_person=bob)
    assert not DeclaredSkill.objects.exists()


def test_off_refuses_and_keeps(bob, emergency):
    declare_skills(["sepsis"], acting_person=bob)
    rules.set_rule("expertise", emergency, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        declare_skills([], acting_person=bob)
    assert skills(bob) == ["sepsis"]


def test_it_is_written_down(bob):
    declare_skills(["sepsis"], acting_person=bob)
    assert ModelLogEntry.objects.filter(action="folkmoot.content.edit", user=bob).count() == 1


def test_export_and_erase(bob, alice):
    declare_skills(["sepsis"], acting_person=bob)
    declare_skills(["rosters"], acting_person=alice)
    assert privacy.export(bob) == {"skills": ["sepsis"]}
    assert privacy.erase(bob, acting_person=alice) == 1
    assert privacy.export(bob) == {"skills": []}
    assert skills(alice) == ["rosters"]


def test_what_is_declared_is_found_by_search_as_long_as_it_is_declared(bob, alice, settings):
    settings.ELASTICSEARCH_URL = ""  # the embedded index is filled with the commit
    declare_skills(["ECMO", "Ventilation"], acting_person=bob)
    hit = search(SearchRequest(person=alice, q="ecmo")).hits[0]
    assert (hit.entry.body, hit.entry.url, hit.entry.author) == ("ECMO, Ventilation", bob.get_absolute_url(), bob)
    declare_skills(["Ventilation"], acting_person=bob)
    assert search(SearchRequest(person=alice, q="ecmo")).count == 0
    declare_skills([], acting_person=bob)
    assert search(SearchRequest(person=alice, q="ventilation")).count == 0


def test_what_somebody_knows_is_gone_with_the_person_the_plugin_and_the_erasure(bob, alice, organisation):
    declare_skills(["ECMO"], acting_person=bob)
    entry = entry_for(Expertise.objects.get(person=bob))
    assert visible(entry, alice)
    rules.set_rule("expertise", organisation, rules.OFF, acting_person=None)
    assert not visible(entry, alice)
    rules.set_rule("expertise", organisation, rules.ON, acting_person=None)
    assert visible(entry, alice)
    deactivate_person(bob, acting_person=None)
    assert not visible(entry, alice)
    privacy.erase(bob, acting_person=None)
    entry.refresh_from_db()
    assert (entry.state, entry.title) == ("removed", "")


def visible(entry, person):
    return Entry.objects.visible_to(person).filter(pk=entry.pk).exists()
