"""`manage.py plugins enable|disable|inherit|impact|explain|doctor`, as operators and scripts use it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from portal.host import gate, rules
from portal.host.cli.verb import Exit
from portal.host.diagnosis import problems
from portal.host.models import Rule, Trouble
from portal.ingestion.models import Source
from tests import factories

SLUG = "microblog"


def plugins(*args):
    out = StringIO()
    call_command("plugins", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def text(*args):
    out = StringIO()
    call_command("plugins", *args, stdout=out)
    return out.getvalue()


def refused(*args):
    """The exit code and what was said."""
    with pytest.raises(CommandError) as caught:
        call_command("plugins", *args, stdout=StringIO())
    return caught.value.returncode, str(caught.value)


def rows():
    return list(Rule.objects.values_list("plugin", "department__name", "state", "reason"))


def test_a_plugin_is_switched_off_and_on_for_a_department(emergency, laboratory, bob):
    done = plugins("disable", SLUG, "--department", "emergency", "--reason", "Quiet week")
    assert (done["done"], done["state"], done["department"]) == (True, "off", emergency.url_path)
    assert done["impact"]["people_losing"] == 1
    assert rows() == [(SLUG, "Emergency", "off", "Quiet week")]
    plugins("enable", SLUG, "--department", emergency.url_path)
    assert rows() == [(SLUG, "Emergency", "on", "")]
    plugins("inherit", SLUG, "--department", "emergency")
    assert rows() == []


def test_force_and_subtree(organisation, emergency):
    rules.set_rule(SLUG, emergency, rules.ON, acting_person=None)
    assert plugins("disable", SLUG, "--force", "--subtree")["impact"]["rules_cleared"] == 1
    assert rows() == [(SLUG, "Merekaar Hospitals", "forced_off", "")]


def test_times_are_read_in_the_organisations_zone(emergency):
    told = plugins("disable", SLUG, "--department", "emergency", "--from", "2099-12-24T18:00", "--until", "2100-01-02")
    rule = Rule.objects.get()
    assert timezone.localtime(rule.starts_at).isoformat()[:16] == "2099-12-24T18:00"
    assert timezone.localtime(rule.ends_at).isoformat()[:16] == "2100-01-02T00:00"
    assert datetime.fromisoformat(told["impact"]["at"]) == rule.starts_at
    assert refused("disable", SLUG, "--from", "2099-13-40")[0] == 1  # as argparse inside of call_command has it
    assert refused("disable", SLUG, "--from", "2099-01-02", "--until", "2099-01-01")[0] == Exit.REFUSED


def test_a_dry_run_tells_and_refuses_but_changes_nothing(emergency, bob, needy):
    told = plugins("disable", SLUG, "--department", "emergency", "--dry-run")
    assert (told["done"], told["impact"]["dependants_off"]) == (False, [needy])
    assert rows() == []
    rules.set_rule(SLUG, emergency, rules.OFF, acting_person=None)
    assert refused("enable", needy, "--department", "emergency", "--force", "--dry-run")[0] == Exit.REFUSED


def test_impact_tells_what_the_change_would_do(emergency, bob):
    told = plugins("impact", SLUG, "--off", "--department", "emergency")
    assert (told["state"], told["done"], told["impact"]["people_losing"]) == ("off", False, 1)
    assert plugins("impact", SLUG, "--on", "--force")["state"] == "forced_on"
    assert rows() == []
    words = text("impact", SLUG, "--off", "--department", "emergency")
    assert "people losing it 1" in words
    assert "(not done)" in words


def test_what_was_looked_at_must_hold(emergency):
    looked = plugins("impact", SLUG, "--off", "--department", "emergency")["fingerprint"]
    factories.person(departments=[emergency])
    code, said = refused("disable", SLUG, "--department", "emergency", "--expected", looked)
    assert code == Exit.CONFLICT
    assert "people losing it 1" in said
    assert rows() == []


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["enable", "nosuch"], Exit.NOT_FOUND),
        (["enable", SLUG, "--department", "nosuch"], Exit.NOT_FOUND),
        (["explain", SLUG, "nobody"], Exit.NOT_FOUND),
        (["inherit", "nosuch"], Exit.REFUSED),
        (["impact", SLUG, "--inherit", "--force"], Exit.USAGE),
    ],
)
def test_exit_codes_say_what_happened(organisation, args, code):
    assert refused(*args)[0] == code


def test_explain_tells_why(emergency, bob):
    rules.set_rule(SLUG, emergency, rules.FORCED_OFF, acting_person=None, reason="Inquiry")
    told = plugins("explain", SLUG, "bob")
    assert (told["on"], told["departments"][0]["reason"]) == (False, "force")
    assert "Inquiry" in text("explain", SLUG, "bob")


def test_the_doctor_finds_nothing_where_all_is_well(organisation):
    assert plugins("doctor") == []
    assert text("doctor") == "Nothing is wrong.\n"


def test_the_doctor_names_what_is_wrong(emergency, dormant, capsys):
    now = timezone.now()
    Rule.objects.create(plugin="gone", department=emergency, state="off")
    Trouble.objects.create(plugin="tasks", place="widget tasks", error="KeyError", first_at=now, last_at=now,
                           open_until=now + timedelta(hours=1))  # fmt: skip
    Trouble.objects.create(plugin="kpis", place="widget kpis", first_at=now, last_at=now, open_until=now)
    Source.objects.create(slug="s", name="the lab", adapter="x.y", plugin="rosters", department=emergency)
    rules.set_rule("rosters", emergency, rules.OFF, acting_person=None)
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("plugins", "doctor", "--json", stdout=out)
    assert caught.value.returncode == Exit.PROBLEMS
    found = {(row["plugin"], row["kind"]) for row in json.loads(out.getvalue())}
    assert {(SLUG, "dormant"), ("gone", "rules"), ("tasks", "breaker"), ("rosters", "source")} <= found
    assert not any(plugin == "kpis" for plugin, _kind in found)


def test_the_doctor_finds_migrations_that_are_not_applied(organisation):
    MigrationRecorder.Migration.objects.filter(app="tasks").delete()
    (found,) = problems()
    assert (found.plugin, found.kind) == ("tasks", "migrations")


def test_a_dormant_plugins_switch_is_kept_for_when_it_runs_again(emergency, dormant):
    plugins("disable", dormant, "--department", "emergency")
    assert rows() == [(dormant, "Emergency", "off", "")]
    assert not gate.is_on_in(dormant, emergency)


def test_a_source_that_fails_is_named_by_the_doctor_and_the_console(emergency, as_ida):
    failing = {"last_error": "The rota system answered 500.", "failures": 3}
    source = Source.objects.create(
        slug="s", name="the rota", adapter="x.y", plugin="rosters", department=emergency, **failing
    )
    assert "The rota system answered 500." in next(problem.text for problem in problems())
    for address in ("/admin/plugins/", "/admin/plugins/about/rosters/"):
        assert "The rota system answered 500." in as_ida.get(address).content.decode()
    source.failures = 0
    source.save()
    assert problems() == []
