"""`enable`, `disable`, `inherit`, `impact`, `explain`, `doctor`: where plugins are on, and why."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from portal.host import changes, diagnosis
from portal.host.changes import Change, Impact
from portal.host.cli.verb import Exit, Problems, Refusal, Verb, department_of, plugin_of, slug_argument
from portal.host.explain import explain
from portal.host.models import Rule
from portal.people.models import Person


def moment(text: str) -> datetime:
    """A date or a moment as people write it, in the organisation's time zone unless it names one."""
    try:
        found = parse_datetime(text)
        if found is None and (day := parse_date(text)):
            found = datetime.combine(day, datetime.min.time())
    except ValueError:
        found = None
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no moment; write it like 2026-12-24 or 2026-12-24T18:00")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _where(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("--department", metavar="PATH", help="its address; without it the whole organisation")
    parser.add_argument("--subtree", action="store_true", help="also clear the rules of departments below")
    parser.add_argument("--reason", default="", help="for the history")
    parser.add_argument("--expected", default="", help="the fingerprint an impact gave: only if its numbers still hold")
    parser.add_argument("--dry-run", action="store_true", help="check and tell, but change nothing")


def _times(parser: ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="lock it: departments below cannot rule otherwise")
    parser.add_argument("--from", dest="starts_at", type=moment, metavar="WHEN", help="when the rule begins")
    parser.add_argument("--until", dest="ends_at", type=moment, metavar="WHEN", help="when the rule ends")


def _switch_arguments(parser: ArgumentParser) -> None:
    _where(parser)
    _times(parser)


def _impact_arguments(parser: ArgumentParser) -> None:
    _switch_arguments(parser)
    wanted = parser.add_mutually_exclusive_group(required=True)
    for name in ("on", "off", "inherit"):
        wanted.add_argument(f"--{name}", dest="wanted", action="store_const", const=name)


def _change(options: dict[str, Any], wanted: str) -> Change:
    force = options.get("force", False)
    states = {
        "on": Rule.State.FORCED_ON if force else Rule.State.ON,
        "off": Rule.State.FORCED_OFF if force else Rule.State.OFF,
        "inherit": Rule.State.INHERIT,
    }
    if force and wanted == "inherit":
        raise Refusal("To inherit cannot be forced; leave --force out.", Exit.USAGE)
    if wanted != "inherit":
        plugin_of(options)
    return Change(
        options["slug"],
        department_of(options["department"]),
        str(states[wanted]),
        options.get("starts_at"),
        options.get("ends_at"),
        subtree=options["subtree"],
    )


def _facts(change: Change, impact: Impact, done: bool) -> dict[str, Any]:
    return {
        "plugin": change.plugin,
        "department": change.department.url_path,
        "state": change.state,
        "from": change.starts_at,
        "until": change.ends_at,
        "done": done,
        "impact": impact.facts(),
        "fingerprint": impact.fingerprint,
    }


def _switch(wanted: str, options: dict[str, Any]) -> dict[str, Any]:
    change = _change(options, wanted)
    impact = changes.check([change], acting_person=None)
    if not options["dry_run"]:
        # What is told is what is done: without numbers looked at before, those just computed must hold.
        expected = options["expected"] or impact.fingerprint
        try:
            changes.apply([change], acting_person=None, reason=options["reason"], expected=expected)
        except changes.NumbersChanged as error:
            told = " · ".join(_lines(_facts(change, error.impact, False)))
            raise Refusal(f"{error.messages[0]} {told}", Exit.CONFLICT) from error
    return _facts(change, impact, not options["dry_run"])


def _impact(options: dict[str, Any]) -> dict[str, Any]:
    change = _change(options, options["wanted"])
    return _facts(change, changes.check([change], acting_person=None), False)


def _lines(result: dict[str, Any]) -> list[str]:
    impact = result["impact"]
    lines = [
        f"{result['plugin']} {result['state']} in {result['department']}" + ("" if result["done"] else " (not done)")
    ]
    lines += [
        f"items hidden {impact['items_hidden']}, shown {impact['items_shown']}",
        f"people losing it {impact['people_losing']}, gaining it {impact['people_gaining']}",
        f"departments off {impact['departments_off']}, on {impact['departments_on']}",
    ]
    for name, label in (("jobs_parked", "jobs"), ("sources_parked", "sources"), ("dependants_off", "dependants")):
        if impact[name]:
            lines.append(f"{label} that stop: {', '.join(impact[name])}")
    if impact["rules_cleared"]:
        lines.append(f"rules cleared below: {impact['rules_cleared']}")
    if impact["at"]:
        lines.append(f"counted for {impact['at']}, when the rule begins")
    return [*lines, f"fingerprint {result['fingerprint']}"]


def _explain_arguments(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("username", help="the person")


def _explain(options: dict[str, Any]) -> dict[str, Any]:
    plugin = plugin_of(options)
    person = Person.objects.filter(username=options["username"]).first()
    if person is None:
        raise Refusal(f"There is nobody called {options['username']!r}; write a username.", Exit.NOT_FOUND)
    found = explain(plugin.slug, person)
    return {
        "plugin": plugin.slug,
        "person": person.username,
        "on": found.on,
        "sentences": found.sentences,
        "departments": [
            {
                "department": story.department.url_path,
                "on": story.on,
                "reason": story.reason_kind,
                "decided_at": story.decided_at.url_path if story.decided_at else None,
            }
            for story in found.departments
        ],
        "lock": found.lock.department.url_path if found.lock else None,
    }


def _doctor(options: dict[str, Any]) -> list[dict[str, Any]]:
    found = [vars(problem) for problem in diagnosis.problems()]
    if found:
        raise Problems(found)
    return []


VERBS = [
    Verb("enable", "switch on", lambda options: _switch("on", options), _switch_arguments, _lines),
    Verb(
        "disable", "switch off; nothing is deleted", lambda options: _switch("off", options), _switch_arguments, _lines
    ),
    Verb("inherit", "take a rule away", lambda options: _switch("inherit", options), _where, _lines),
    Verb("impact", "what a change would do", _impact, _impact_arguments, _lines),
    Verb("explain", "why it is on or off for a person", _explain, _explain_arguments, lambda found: found["sentences"]),
    Verb(
        "doctor",
        "what is wrong with plugins, and what to do about it",
        _doctor,
        lines=lambda found: [f"{row['plugin']}: {row['text']}" for row in found] or ["Nothing is wrong."],
    ),
]
