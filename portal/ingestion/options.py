"""The options of `manage.py ingest`, and what they mean."""

from __future__ import annotations

import sys
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from portal.audience.expressions import any_of
from portal.ingestion.checks import setting_from_text
from portal.ingestion.models import Delivery, Source
from portal.ingestion.reach import Role
from portal.people.models import Department, Person

NONE = "none"


def add_configuration(parser: ArgumentParser) -> None:
    """How a source is set up; all of it may be left out."""
    parser.add_argument("--name", help="as readers see it")
    parser.add_argument("--department", metavar="PATH", help="home department, such as hospital/emergency")
    parser.add_argument("--audience", action="append", metavar="TOKEN", help="such as everyone or department:12")
    parser.add_argument("--pull-from", metavar="URL", help="an address, or a path in the drop folder")
    parser.add_argument("--schedule", metavar="CRON", help='such as "*/15 * * * *"')
    parser.add_argument(
        "--allow-host", action="append", metavar="HOST", help="inside the own network: name or name:port"
    )
    parser.add_argument("--token", help='what it logs in with when pulling; "-" reads it from standard input')
    parser.add_argument(
        "--transport", action="append", default=[], metavar="KEY=VALUE", help="how it is read, such as pages=link"
    )
    parser.add_argument("--stale-after", type=_whole_or_none, metavar="MINUTES", help='"none": two missed pulls')
    parser.add_argument(
        "--hold-share", type=_whole_or_none, metavar="PERCENT", help='hold what changes more; "none" holds nothing'
    )
    parser.add_argument(
        "--audience-roles", metavar="ROLES", help=f'of {",".join(Role.values)}; "" is as its adapter has it'
    )
    parser.add_argument(
        "--tell", action="append", metavar="PERSON", help='user name, told when it fails; "" is central IT'
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the adapter")


def add_file(parser: ArgumentParser) -> None:
    parser.add_argument("--file", metavar="PATH", help="take this file instead of fetching")


def fields_of(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, as the actions name them."""
    names = ("name", "pull_from", "schedule", "token")
    fields: dict[str, Any] = {name: _typed(name, options[name]) for name in names if options[name] is not None}
    for name in ("stale_after", "hold_share"):
        if options[name] is not None:
            fields[name] = None if options[name] == NONE else options[name]
    if options["audience_roles"] is not None:
        fields["audience_roles"] = [role for role in options["audience_roles"].replace(" ", "").split(",") if role]
    if options["tell"] is not None:
        fields["told"] = _people(options["tell"])
    fields |= _mappings(options)
    if options["department"] is not None:
        fields["department"] = department_at(options["department"])
    if options["audience"]:
        fields["audience"] = any_of(*options["audience"])
    if options["allow_host"] is not None:
        fields["allowed_hosts"] = options["allow_host"]
    return fields


def _typed(name: str, value: str) -> str:
    """What was given, or what comes by standard input: arguments can be read by everybody on the machine."""
    return sys.stdin.readline().rstrip("\r\n") if (name, value) == ("token", "-") else value


def _mappings(options: dict[str, Any]) -> dict[str, Any]:
    fields = {}
    for option, field in (("set", "settings"), ("transport", "transport")):
        if options[option]:
            pairs = (pair.partition("=") for pair in options[option])
            fields[field] = {name: setting_from_text(value) for name, _sign, value in pairs}
    return fields


def _whole_or_none(text: str) -> int | str:
    return NONE if text.lower() == NONE else int(text)


def _people(names: list[str]) -> list[Person]:
    wanted = {name for name in names if name}
    found = {person.username: person for person in Person.objects.active().filter(username__in=wanted)}
    if unknown := sorted(wanted - found.keys()):
        if Person.objects.filter(username=unknown[0]).exists():
            raise CommandError(f"{unknown[0]} no longer works here; name somebody else.")
        raise CommandError(f"There is nobody called {unknown[0]!r}; give a user name.")
    return list(found.values())


def department_at(path: str) -> Department:
    """By its address, with or without the organisation before it; "" is the organisation."""
    root = Department.objects.organisation()
    if root is None:
        raise CommandError("There is no organisation yet.")
    path = path.strip("/")
    found = Department.objects.filter(url_path__in=[path, f"{root.url_path}/{path}"]).first() if path else root
    if found is None:
        raise CommandError(f"There is no department {path!r}.")
    return found


def source_of(options: dict[str, Any]) -> Source:
    source = Source.objects.select_related("department").filter(slug=options["slug"]).first()
    if source is None:
        raise CommandError(f"There is no source {options['slug']!r}; see `ingest list`.")
    return source


def delivery_of(source: Source, options: dict[str, Any], *, held: bool = False) -> Delivery:
    """By its receipt; without one the only held delivery."""
    deliveries = source.deliveries.held() if held and not options["receipt"] else source.deliveries.all()
    if options["receipt"]:
        deliveries = deliveries.filter(receipt=_receipt(options["receipt"]))
    found = list(deliveries[:2])
    if not found:
        what = f"There is no delivery {options['receipt']} of" if options["receipt"] else "Nothing is held of"
        raise CommandError(f"{what} {source.slug}; see `ingest history {source.slug}`.")
    if len(found) > 1:
        raise CommandError(f"Several deliveries of {source.slug} are held; give a receipt of `ingest held`.")
    return found[0]


def _receipt(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise CommandError(f"{text!r} is no receipt; see `ingest history`.") from None
