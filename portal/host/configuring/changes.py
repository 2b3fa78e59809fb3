"""Changing a plugin's settings in a department: the one way, for the console, the command line and the API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pydantic
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audit import record
from portal.host.changes import check_reason, facts_of
from portal.host.configuring import meanwhile
from portal.host.models import PluginSettings
from portal.host.permissions import require_configure
from portal.host.settings import SettingsModel, inherited, model_of, problems, values_set_here

if TYPE_CHECKING:
    from portal.people.models import Department, Person


def fingerprint(slug: str, department: Department) -> str:
    """Of what is set in this very department: goes into a change as `expected`."""
    return meanwhile.fingerprint_of(values_set_here(slug, department))


@transaction.atomic
def change_settings(
    slug: str,
    department: Department,
    values: Mapping[str, Any] | None = None,
    *,
    unset: Iterable[str] = (),
    acting_person: Person | None,
    reason: str = "",
    expected: str = "",
) -> dict[str, Any]:
    """Sets `values` in the department and lets it inherit what is named in `unset`; everything else stays as it is.

    Gives what is set there now. All or nothing: raises ValidationError by field, PermissionDenied, and
    ChangedMeanwhile if `expected` is a fingerprint that holds no longer. `acting_person` None is the command line.
    """
    # First of all: the stamp's row lock makes changes wait for each other, so that none undoes another.
    stamps.bump("plugin_settings")
    require_configure(slug, acting_person, department)
    model, given, unset = model_of(slug), dict(values or {}), set(unset)
    before = values_set_here(slug, department)
    _check_names(model, given, unset, before)
    check_reason(reason)
    meanwhile.check(before, expected)
    after = {name: value for name, value in before.items() if name not in unset}
    after |= _checked(slug, department, model, after, given)
    if after != before:
        _store(slug, department, before, after, acting_person, reason)
    return after


def _check_names(
    model: type[SettingsModel], given: Mapping[str, Any], unset: set[str], here: Mapping[str, Any]
) -> None:
    """What is kept but no longer in the schema may still be taken away."""
    known = list(model.model_fields)
    wrong = [name for name in given if name not in known]
    wrong += sorted(name for name in unset if name not in known and name not in here)
    if wrong:
        said = _("There is no such setting; there are: %(names)s.") % {"names": ", ".join(known)}
        raise ValidationError({name: [said] for name in wrong})
    if both := sorted(unset & set(given)):
        raise ValidationError({name: [_("Either set it or set it back, not both.")] for name in both})


def _checked(
    slug: str, department: Department, model: type[SettingsModel], kept: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The given values as they are stored. Judged together with what holds beside them."""
    beside = {name: value for name, (value, where) in inherited(slug, department).items() if where is not None}
    beside |= {name: value for name, value in kept.items() if name not in problems(model, kept)}
    together = {**beside, **given}
    try:
        made = model.model_validate(together)
    except pydantic.ValidationError:
        bad = problems(model, together)
        raise ValidationError({name: [words] for name, words in bad.items()}) from None
    stored: dict[str, Any] = made.model_dump(mode="json", include=set(given))
    if unfit := [name for name, value in stored.items() if "\\u0000" in json.dumps(value)]:
        raise ValidationError({name: [_("Leave out characters that cannot be stored.")] for name in unfit})
    return stored


def _store(
    slug: str,
    department: Department,
    before: dict[str, Any],
    after: dict[str, Any],
    acting_person: Person | None,
    reason: str,
) -> None:
    row = PluginSettings.objects.filter(plugin=slug, department=department).first()
    row = row or PluginSettings(plugin=slug, department=department)
    row.values, row.changed_by = after, acting_person
    row.save()
    data = facts_of(slug, department, before=before, after=after, reason=reason)
    record("plugin.settings", row, acting_person=acting_person, data=data)
    if not after:
        row.delete()
    stamps.bump("plugin_settings")


def from_text(slug: str, name: str, text: str) -> Any:
    """The value somebody wrote as text: as it stands if that fits the setting, else read as JSON (for lists)."""
    model = model_of(slug)
    if name not in problems(model, {name: text}):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
