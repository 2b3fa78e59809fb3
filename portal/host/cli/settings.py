"""`settings` and `permissions`: what holds for a plugin in a department, and changing it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from portal.host import permissions
from portal.host import settings as plugin_settings
from portal.host.cli.verb import Exit, Refusal, Verb, department_of, plugin_of, slug_argument
from portal.host.configuring import changes as setting_changes
from portal.host.configuring.facts import facts_of_grant, facts_of_setting
from portal.host.configuring.holders import granted_in
from portal.host.configuring.meanwhile import ChangedMeanwhile
from portal.people.models import Person


def _pairs(texts: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise Refusal(f"{text!r} has no value; write NAME=VALUE.", Exit.USAGE)
        pairs[name] = value
    return pairs


def person_of(options: dict[str, Any]) -> Person | None:
    """In whose name it is done; without --as nobody's, and everything is allowed."""
    if options["acting"] is None:
        return None
    person = Person.objects.active().filter(username=options["acting"]).first()
    if person is None:
        raise Refusal(f"There is nobody called {options['acting']!r}; write a username.", Exit.NOT_FOUND)
    return person


def _changed(change: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    try:
        change(*args, **kwargs)
    except ChangedMeanwhile as error:
        raise Refusal(error.messages[0], Exit.CONFLICT) from error
    except ValidationError as error:
        told = error.message_dict.items() if hasattr(error, "error_dict") else [("", error.messages)]
        said = [f"{name}: {' '.join(texts)}" if name else " ".join(texts) for name, texts in told]
        raise Refusal(" ".join(said), Exit.REFUSED) from error


def _settings(options: dict[str, Any]) -> list[dict[str, Any]]:
    slug, department = plugin_of(options).slug, department_of(options["department"])
    given = {name: setting_changes.from_text(slug, name, text) for name, text in _pairs(options["set"]).items()}
    person = person_of(options)
    if given or options["unset"]:
        _changed(
            setting_changes.change_settings,
            slug,
            department,
            given,
            unset=options["unset"] or [],
            acting_person=person,
            reason=options["reason"],
            expected=options["expected"],
        )
    else:
        permissions.require_configure(slug, person, department)
    return [facts_of_setting(held) for held in plugin_settings.held_in(slug, department)]


def _permissions(options: dict[str, Any]) -> list[dict[str, Any]]:
    slug, department = plugin_of(options).slug, department_of(options["department"])
    wanted: dict[str, list[str] | None] = dict.fromkeys(options["inherit"] or [])
    for name, text in _pairs(options["grant"]).items():
        if name in wanted:
            raise Refusal(f"Either grant {name!r} or let it inherit, not both.", Exit.USAGE)
        wanted[name] = [holder for holder in text.split(",") if holder]
    person = person_of(options)
    if wanted:
        _changed(
            permissions.save_grants,
            slug,
            department,
            wanted,
            acting_person=person,
            reason=options["reason"],
            expected=options["expected"],
        )
    else:
        permissions.require_configure(slug, person, department)
    return [facts_of_grant(granted) for granted in granted_in(slug, department)]


def _lines(found: list[dict[str, Any]], nothing: str = "nothing") -> list[str]:
    """ "longest 300 · set here · otherwise 5000 from merekaar"."""
    lines = []
    for row in found:
        where = _from(row["set_at"])
        if row["source"] == "own":
            where = f"set here · otherwise {_text(row['inherited'], nothing)} {_from(row['inherited_from'])}"
        lines.append(f"{row['name']} {_text(row['value'], nothing)} · {where}")
    return lines


def _text(value: Any, nothing: str) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or nothing
    return json.dumps(value, ensure_ascii=False)


def _from(address: str | None) -> str:
    return f"from {address}" if address else "by default"


def _where(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("--department", metavar="PATH", help="its address; without it the whole organisation")
    parser.add_argument("--as", dest="acting", metavar="USERNAME", help="in whose name: only what they may do")
    parser.add_argument("--reason", default="", help="for the history")
    parser.add_argument("--expected", default="", help="a fingerprint the API gave: only if nobody changed it since")


def _settings_arguments(parser: ArgumentParser) -> None:
    _where(parser)
    parser.add_argument("--set", nargs="+", metavar="KEY=VALUE", help="values of the department's own")
    parser.add_argument("--unset", nargs="+", metavar="KEY", help="what it inherits again")


def _permissions_arguments(parser: ArgumentParser) -> None:
    _where(parser)
    parser.add_argument("--grant", nargs="+", metavar="PERMISSION=HOLDER,HOLDER", help="nothing after = is nobody")
    parser.add_argument("--inherit", nargs="+", metavar="PERMISSION", help="what it inherits again")


VERBS = [
    Verb("settings", "a plugin's settings in a department", _settings, _settings_arguments, _lines),
    Verb(
        "permissions",
        "who holds a plugin's permissions in a department",
        _permissions,
        _permissions_arguments,
        lambda found: _lines(found, "nobody"),
    ),
]
