"""What a source may be: checked before it is saved, told in sentences that say what to mend."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError as SettingsError

from portal.host.configuring.words import in_one_line
from portal.ingestion import adapters
from portal.ingestion.fetch import FetchError, Limits
from portal.ingestion.models import Source
from portal.ingestion.reach import Role
from portal.ingestion.sealing import SealBroken
from portal.ingestion.transports import address
from portal.ingestion.transports.folder import is_folder
from portal.ingestion.transports.login import login_for
from portal.ingestion.transports.settings import TransportSettings
from portal.jobs.schedules import is_cron, next_run
from portal.people.models import Person


def checked_settings(adapter: str, values: dict[str, Any]) -> dict[str, Any]:
    """The settings as the adapter's own model understands them, ready for JSON. Raises ValidationError."""
    try:
        return adapters.get(adapter).settings_model.model_validate(values).model_dump(mode="json")
    except SettingsError as error:
        raise ValidationError({"settings": [in_one_line(error)]}) from error


def checked_transport(values: dict[str, Any]) -> dict[str, Any]:
    """How a source is read, ready for JSON. Raises ValidationError."""
    try:
        return TransportSettings.model_validate(values).model_dump(mode="json", exclude_defaults=True)
    except SettingsError as error:
        raise ValidationError({"transport": [in_one_line(error)]}) from error


def checked_roles(values: Iterable[str]) -> list[str]:
    """Roles of a source's items in the order of forms; none: as the adapter has it. Raises ValidationError."""
    wanted = set(values)
    if unknown := wanted - set(Role.values):
        said = {"role": sorted(unknown)[0], "known": ", ".join(Role.values)}
        raise ValidationError({"audience_roles": [_("There is no role “%(role)s”; there are: %(known)s.") % said]})
    return [role for role in Role.values if role in wanted]


def checked_told(people: Iterable[Person], before: Iterable[Person] = ()) -> list[Person]:
    """Whom to tell: nobody is added who has left; who has left meanwhile may stay. Raises ValidationError."""
    wanted, kept = list(people), {person.pk for person in before}
    if left := [person for person in wanted if not person.is_active and person.pk not in kept]:
        said = {"name": left[0].display_name}
        raise ValidationError({"told": [_("%(name)s no longer works here; choose somebody else.") % said]})
    return wanted


def check_source(source: Source) -> None:
    """Raises ValidationError with a sentence for each field that cannot stay as it is."""
    problems = {
        "pull_from": _pull_problem(source.pull_from) or address.problem(source.pull_from) or _folder_problem(source),
        "token": _token_problem(source),
        "schedule": _schedule_problem(source),
        "allowed_hosts": _hosts_problem(source.allowed_hosts),
    }
    found = {field: [problem] for field, problem in problems.items() if problem}
    if found:
        raise ValidationError(found)
    source.full_clean(exclude=["plugin"])


def _pull_problem(place: str) -> str:
    if not place:
        return ""
    if "://" in place:
        try:
            parts = urlsplit(place)
            _port = parts.port
        except ValueError:
            return _("This is not an address.")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return _("Only addresses that begin with http:// or https:// can be fetched.")
        if parts.username or parts.password:
            return _("Leave name and password out of the address; give a token instead.")
        return ""
    if place.startswith(("/", "\\")) or ".." in place.replace("\\", "/").split("/") or "\x00" in place:
        return _("Give a path inside the drop folder, without “..”.")
    return ""


def tidy_place(place: str) -> str:
    """An address as it was typed; a path in the one way to write it: “lab//in/” and “./lab/in/” are “lab/in/”."""
    place = place.strip()
    if not place or "://" in place or place.startswith("/"):
        return place
    steps = [step for step in place.split("/") if step not in ("", ".")]
    end = "/" if place.endswith(("/", "/.")) or place == "." else ""
    return "/".join(steps) + end if steps else "./"


def _folder_problem(source: Source) -> str:
    if not is_folder(source.pull_from):
        return ""
    others = Source.objects.filter(pull_from__endswith="/").exclude(pk=source.pk).values_list("slug", "pull_from")
    taken = {tidy_place(place): slug for slug, place in others}
    said = {"source": taken.get(tidy_place(source.pull_from), "")}
    return (
        _("The source “%(source)s” takes the files of this folder; give another one.") % said if said["source"] else ""
    )


def _token_problem(source: Source) -> str:
    if address.takes_secret(source.pull_from) and source.transport_settings.login != "token":
        return _("With {token} in the address the secret goes there and nowhere else; choose “token” as log-in.")
    try:
        login_for(source.transport_settings, source.token, [], Limits())
    except FetchError as error:
        return str(error)
    except SealBroken:
        return ""  # the next pull says so; until then all else can be changed
    return ""


def _schedule_problem(source: Source) -> str:
    if not source.schedule:
        return ""
    if not is_cron(source.schedule):
        return _("This is not a schedule; write five fields, such as “*/15 * * * *”.")
    if next_run(source.schedule, timezone.now()) is None:
        return _("This schedule never comes due: there is no such day. Change the day or the month.")
    return "" if source.pull_from else _("There is nothing to pull: give an address or leave the schedule out.")


def _hosts_problem(hosts: Any) -> str:
    if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
        return _("Give a list of hosts.")
    wrong = [host for host in hosts if not host or "/" in host or "*" in host or " " in host]
    return _("%(host)s is not a host; write “name” or “name:port”.") % {"host": wrong[0] or "“”"} if wrong else ""


def setting_from_text(text: str) -> Any:
    """A value from the command line: lists, objects, true, false and null are JSON, all else is text."""
    if text[:1] in "[{" or text in ("true", "false", "null"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
