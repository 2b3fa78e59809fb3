"""`settings` and `permissions`: what holds for a plugin in a department, and changing it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError

from portal.host import permissions
from portal.host import settings as plugin_settings
from portal.host.cli.verb import Exit, Refusal, Verb, department_of, plugin_of, slug_argument


def _pairs(texts: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise Refusal(f"{text!r} has no value; write NAME=VALUE.", Exit.USAGE)
        pairs[name] = value
    return pairs


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _settings(options: dict[str, Any]) -> list[dict[str, Any]]:
    slug, department = plugin_of(options).slug, department_of(options["department"])
    try:
        here = plugin_settings.values_set_here(slug, department)
        given = {name: _value(text) for name, text in _pairs(options["set"]).items()}
        if given or options["unset"]:
            unset = dict.fromkeys(options["unset"] or [])
            fit = {name: value for name, value in here.items() if name not in plugin_settings.unfit(slug, department)}
            plugin_settings.save_settings(slug, department, fit | given | unset, acting_person=None)
            here = plugin_settings.values_set_here(slug, department)
        held = plugin_settings.settings_for(slug, department).model_dump(mode="json")
    except ValidationError as error:
        raise Refusal("; ".join(error.messages)) from error
    return [{"name": name, "value": value, "set_here": name in here} for name, value in held.items()]


def _permissions(options: dict[str, Any]) -> list[dict[str, Any]]:
    plugin, department = plugin_of(options), department_of(options["department"])
    wanted: dict[str, list[str] | None] = dict.fromkeys(options["inherit"] or [])
    for name, text in _pairs(options["grant"]).items():
        wanted[name] = [holder for holder in text.split(",") if holder]
    try:
        for name, holders in wanted.items():
            permissions.save_grant(plugin.slug, name, department, holders, acting_person=None)
    except ValidationError as error:
        raise Refusal("; ".join(error.messages)) from error
    return [
        {"permission": one.slug, "holders": list(permissions.holders_in(plugin.slug, one.slug, department))}
        for one in plugin.contributions.permissions
    ]


def _settings_arguments(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("--department", help="its address; nothing is the organisation")
    parser.add_argument("--set", nargs="+", metavar="KEY=VALUE")
    parser.add_argument("--unset", nargs="+", metavar="KEY")


def _permissions_arguments(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("--department", help="its address; nothing is the organisation")
    parser.add_argument("--grant", nargs="+", metavar="PERMISSION=HOLDER,HOLDER")
    parser.add_argument("--inherit", nargs="+", metavar="PERMISSION")


VERBS = [
    Verb("settings", "a plugin's settings in a department", _settings, _settings_arguments),
    Verb("permissions", "who holds a plugin's permissions in a department", _permissions, _permissions_arguments),
]
