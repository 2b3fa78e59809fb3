"""Changing settings and permissions: partial, all or nothing, in words, and nobody undoes somebody else."""

from __future__ import annotations

import json
from enum import Enum
from io import StringIO
from typing import Literal

import pydantic
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from wagtail.models import ModelLogEntry

from portal.host import permissions, rules
from portal.host import settings as plugin_settings
from portal.host.authority import Refused, whom_to_ask
from portal.host.cli.verb import Exit
from portal.host.configuring.changes import change_settings, fingerprint, from_text
from portal.host.configuring.holders import fingerprint as grants_fingerprint
from portal.host.configuring.holders import granted_in, holders_in
from portal.host.configuring.meanwhile import ChangedMeanwhile
from portal.host.models import Grant, PluginSettings
from portal.host.settings import SettingsModel, setting
from portal.people.actions import add_membership
from tests import factories

SLUG = "microblog"


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Many(SettingsModel):
    """One setting of each kind."""

    number: int = setting(5, title="Number", help="A help.", ge=1, le=9)
    share: float = setting(0.5, title="Share", gt=0, lt=1)
    yes: bool = setting(True, title="Yes")
    word: str = setting("", title="Word", max_length=5)
    sort: Literal["p", "q"] = setting("p", title="Sort")
    colour: Colour = setting(Colour.RED, title="Colour")
    maybe: int | None = setting(None, title="Maybe")
    lines: list[str] = setting([], title="Lines", max_length=2)

    @pydantic.model_validator(mode="after")
    def fits_together(self) -> Many:
        if self.word == "small" and self.number > 3:
            raise ValueError("Small needs a number up to 3.")
        return self


@pytest.fixture
def many(monkeypatch):
    """The microblog with many settings, for the length of a test."""
    monkeypatch.setattr(plugin_settings.registry.get(SLUG).contributions, "settings_model", Many)
    plugin_settings.forget()
    return Many


@pytest.fixture
def lena(emergency):
    person = factories.person("lena", departments=[emergency], last_name="Lepp")
    add_membership(person, emergency, acting_person=None, is_local_it=True)
    return person


def change(department, values=None, **options):
    options.setdefault("acting_person", None)
    return change_settings(SLUG, department, values, **options)


def plugins(*args):
    out = StringIO()
    call_command("plugins", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def refused(*args):
    with pytest.raises(CommandError) as caught:
        call_command("plugins", *args, stdout=StringIO())
    return caught.value.returncode, str(caught.value)


def test_a_change_leaves_everything_else_as_it_is(emergency, many):
    change(emergency, {"number": 3, "word": "small"})
    assert change(emergency, {"share": 0.25}) == {"number": 3, "word": "small", "share": 0.25}
    assert change(emergency, {"colour": "blue"}, unset=["share", "word"]) == {"number": 3, "colour": "blue"}
    assert plugin_settings.settings_for(SLUG, emergency).colour is Colour.BLUE
    assert change(emergency, unset=["number", "colour"]) == {}
    assert not PluginSettings.objects.exists()


def test_what_is_unknown_or_does_not_fit_changes_nothing(emergency, many):
    change(emergency, {"number": 3})
    for values, unset, bad in [
        ({"number": 4, "nosuch": 1}, (), "nosuch"),
        ({"number": 4}, ["nosuch"], "nosuch"),
        ({"number": 4, "share": 2}, (), "share"),
        ({"number": 4, "word": "small"}, (), "__all__"),
        ({"number": 4}, ["number"], "number"),
    ]:
        with pytest.raises(ValidationError) as caught:
            change(emergency, values, unset=unset)
        assert set(caught.value.message_dict) == {bad}
    assert PluginSettings.objects.get().values == {"number": 3}
    with pytest.raises(ValidationError, match="number, share, yes"):
        change(emergency, unset=["nosuch"])


def test_values_are_judged_together_with_what_is_inherited(organisation, emergency, many):
    change(organisation, {"number": 8})
    with pytest.raises(ValidationError, match="up to 3"):
        change(emergency, {"word": "small"})
    change(emergency, {"word": "small", "number": 2})


def test_what_no_longer_fits_can_be_taken_away(emergency, many):
    PluginSettings.objects.create(plugin=SLUG, department=emergency, values={"gone": 1, "number": 3})
    assert change(emergency, {"yes": False}) == {"gone": 1, "number": 3, "yes": False}
    assert change(emergency, unset=["gone"]) == {"number": 3, "yes": False}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("number", "x", "Give a whole number."),
        ("number", 2.5, "Give a whole number."),
        ("number", 10, "At most 9."),
        ("number", 0, "At least 1."),
        ("share", "x", "Give a number."),
        ("share", 0, "More than 0."),
        ("share", 1, "Less than 1."),
        ("share", float("nan"), "Give a number."),
        ("word", "a\x00b", "Leave out characters that cannot be stored."),
        ("word", "a\ud800b", "Leave out characters that cannot be stored."),
        ("lines", ["a\x00"], "Leave out characters that cannot be stored."),
        ("yes", "perhaps", "Give yes or no."),
        ("word", 3, "Give a text."),
        ("word", "too long", "At most 5 characters."),
        ("sort", "z", "Choose one of: 'p' or 'q'."),
        ("colour", "z", "Choose one of: 'red' or 'blue'."),
        ("lines", "z", "Give a list."),
        ("lines", ["a", "b", "c"], "At most 2 entries."),
    ],
)
def test_what_is_wrong_is_said_in_our_own_words(emergency, many, name, value, words):
    with pytest.raises(ValidationError) as caught:
        change(emergency, {name: value})
    assert caught.value.message_dict == {name: [words]}


def test_text_is_read_as_the_setting_needs_it(many):
    texts = {"number": "7", "yes": "no", "word": "007", "maybe": "null", "lines": '["a"]', "share": "x"}
    read = {name: from_text(SLUG, name, text) for name, text in texts.items()}
    assert read == {"number": "7", "yes": "no", "word": "007", "maybe": None, "lines": ["a"], "share": "x"}


def test_titles_are_in_the_readers_language(many, emergency):
    found = {held.name: held for held in plugin_settings.held_in(SLUG, emergency)}
    assert (found["number"].title, found["number"].help, found["number"].source) == ("Number", "A help.", "default")
    named = plugin_settings.schema_of(SLUG)["properties"]["number"]
    assert (named["minimum"], named["maximum"], named["description"]) == (1, 9, "A help.")
    assert plugin_settings.schema_of(SLUG)["properties"]["colour"]["title"] == "Colour"


def test_where_each_value_comes_from_is_told(organisation, emergency, many):
    change(organisation, {"number": 3, "word": "a"})
    change(emergency, {"number": 2})
    found = {held.name: held for held in plugin_settings.held_in(SLUG, emergency)}
    number, word, share = found["number"], found["word"], found["share"]
    assert (number.value, number.source, number.set_at) == (2, "own", emergency)
    assert (number.above, number.above_at) == (3, organisation)
    assert (word.source, word.set_at, share.source, share.set_at) == ("inherited", organisation, "default", None)


def test_who_looked_before_somebody_else_changed_it_is_told(emergency, many):
    seen = fingerprint(SLUG, emergency)
    change(emergency, {"number": 3}, expected=seen)
    with pytest.raises(ChangedMeanwhile):
        change(emergency, {"share": 0.1}, expected=seen)
    seen = grants_fingerprint(SLUG, emergency)
    permissions.save_grants(SLUG, emergency, {"post": ["heads"]}, acting_person=None, expected=seen)
    with pytest.raises(ChangedMeanwhile):
        permissions.save_grants(SLUG, emergency, {"moderate": []}, acting_person=None, expected=seen)
    assert PluginSettings.objects.get().values == {"number": 3}
    assert Grant.objects.count() == 1


def test_a_change_that_changes_nothing_leaves_no_history(emergency):
    change(emergency, {"longest": 200})
    change(emergency, {"longest": 200})
    change(emergency, unset=[])
    permissions.save_grants(SLUG, emergency, {"post": ["heads"], "moderate": None}, acting_person=None)
    permissions.save_grants(SLUG, emergency, {"post": ["heads"]}, acting_person=None)
    found = ModelLogEntry.objects.filter(action__startswith="folkmoot.plugin.").values_list("action", flat=True)
    assert sorted(found) == ["folkmoot.plugin.grant", "folkmoot.plugin.settings"]


def test_grants_are_made_all_or_none(emergency):
    wanted = {"post": ["heads"], "nosuch": [], "moderate": ["kings"]}
    with pytest.raises(ValidationError) as caught:
        permissions.save_grants(SLUG, emergency, wanted, acting_person=None)
    assert set(caught.value.message_dict) == {"nosuch", "moderate"}
    assert not Grant.objects.exists()


def test_where_each_permission_comes_from_is_told(organisation, emergency):
    permissions.save_grant(SLUG, "post", organisation, ["heads"], acting_person=None)
    permissions.save_grant(SLUG, "post", emergency, [], acting_person=None)
    found = {granted.name: granted for granted in granted_in(SLUG, emergency)}
    assert (found["post"].value, found["post"].source, found["post"].above) == ((), "own", ("heads",))
    assert (found["moderate"].source, found["moderate"].set_at) == ("default", None)


def test_who_is_refused_is_told_whom_to_ask(emergency, laboratory, bob, charlie, lena):
    for number in range(4):
        person = factories.person(f"it{number}", departments=[laboratory])
        add_membership(person, laboratory, acting_person=None, is_local_it=True)
    with pytest.raises(Refused, match="Ask Lena Lepp, local IT of Emergency"):
        change(emergency, {"longest": 200}, acting_person=bob)
    assert whom_to_ask(charlie, laboratory) == "Ask It0 or It1 or It2, local IT of Laboratory."
    triage = factories.department("Triage", parent=emergency)
    assert "Lena" in whom_to_ask(bob, triage)
    lena.is_active = False
    lena.save()
    assert whom_to_ask(bob, triage) == "Ask central IT."


def test_whom_to_ask_takes_one_query(emergency, bob, lena, django_assert_num_queries):
    whom_to_ask(bob, emergency)
    with django_assert_num_queries(1):
        assert "Lena" in whom_to_ask(bob, emergency)
    assert "Lena" not in whom_to_ask(lena, emergency)


def test_what_is_locked_off_says_so(organisation, emergency, lena):
    rules.set_rule(SLUG, organisation, rules.FORCED_OFF, acting_person=None)
    with pytest.raises(Refused, match="locked"):
        change(emergency, {"longest": 200}, acting_person=lena)


def test_who_may_configure_by_grant_may_so_where_it_is_granted(emergency, laboratory, alice, bob):
    permissions.save_grant(SLUG, "configure", emergency, ["heads"], acting_person=None)
    triage = factories.department("Triage", parent=emergency)
    assert permissions.configurable(SLUG, alice) == [emergency, triage]
    assert permissions.configurable(SLUG, bob) == []
    change(triage, {"longest": 200}, acting_person=alice)
    with pytest.raises(Refused):
        change(laboratory, {"longest": 200}, acting_person=alice)


def test_the_departments_one_may_configure_cost_no_query(
    organisation, alice, emergency, settings, django_assert_num_queries
):
    settings.FOLKMOOT_STAMP_SECONDS = 60
    for _number in range(50):
        factories.department(parent=organisation)
    permissions.configurable(SLUG, alice)
    with django_assert_num_queries(0):
        permissions.configurable(SLUG, alice)


def test_the_command_tells_where_values_come_from_and_refuses_as_the_others_do(organisation, emergency, bob, lena):
    set_here = ["settings", SLUG, "--department", "emergency", "--set"]
    (row,) = [row for row in plugins(*set_here, "longest=150") if row["name"] == "longest"]
    assert (row["value"], row["source"], row["set_at"]) == (150, "own", emergency.url_path)
    assert (row["inherited"], row["inherited_from"]) == (5000, None)
    code, said = refused(*set_here, "longest=7")
    assert (code, "At least 100" in said) == (Exit.REFUSED, True)
    code, said = refused(*set_here, "nosuch=7")
    assert (code, "longest" in said) == (Exit.REFUSED, True)
    assert refused("settings", SLUG, "--set", "nosuch")[0] == Exit.USAGE
    assert refused("permissions", SLUG, "--inherit", "nosuch")[0] == Exit.REFUSED
    code, said = refused(*set_here, "longest=160", "--as", "bob")
    assert (code, "Ask Lena" in said) == (Exit.REFUSED, True)
    assert refused("settings", SLUG, "--department", "emergency", "--as", "bob")[0] == Exit.REFUSED
    assert refused(*set_here, "longest=160", "--as", "nosuch")[0] == Exit.NOT_FOUND
    plugins(*set_here, "longest=160", "--as", "lena", "--reason", "Shorter")
    entry = ModelLogEntry.objects.filter(action="folkmoot.plugin.settings").order_by("-pk")[0]
    assert (entry.user, entry.data["reason"]) == (lena, "Shorter")
    assert refused(*set_here, "longest=170", "--expected", "0" * 64)[0] == Exit.CONFLICT


def test_the_command_grants_all_or_nothing(emergency):
    place = ["permissions", SLUG, "--department", "emergency"]
    assert refused(*place, "--grant", "post=heads", "moderate=kings")[0] == Exit.REFUSED
    assert not Grant.objects.exists()
    (row,) = [row for row in plugins(*place, "--grant", "post=") if row["name"] == "post"]
    assert (row["value"], row["source"], row["inherited"]) == ([], "own", ["members"])
    plugins(*place, "--inherit", "post")
    assert holders_in(SLUG, "post", emergency) == ("members",)


def test_the_command_tells_people_in_words(emergency):
    def said(*args):
        out = StringIO()
        call_command("plugins", *args, "--department", "emergency", stdout=out)
        return out.getvalue().splitlines()

    assert "longest 150 · set here · otherwise 5000 by default" in said("settings", SLUG, "--set", "longest=150")
    assert "post members · by default" in said("permissions", SLUG)
    assert "post nobody · set here · otherwise members by default" in said("permissions", SLUG, "--grant", "post=")
