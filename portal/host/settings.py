"""Settings of plugins: typed, organisation-wide, with overrides per department. Warm, reading costs no SQL."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pydantic
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audit import record
from portal.host.models import PluginSettings
from portal.host.permissions import require_configure
from portal.host.registry import registry
from portal.people import tree

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from portal.people.models import Department, Person

logger = logging.getLogger(__name__)
Rows = dict[tuple[str, int], dict[str, Any]]


class SettingsModel(pydantic.BaseModel):
    """Base of a plugin's `Settings`: each field typed, with a default, declared with `setting`."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, validate_default=True)


def setting(default: Any, *, title: str | StrPromise, help: str | StrPromise = "", **bounds: Any) -> Any:
    """A field of a SettingsModel; title and help may be lazily translated, `bounds` are pydantic's (ge, le, ...)."""
    # pydantic wants str where it keeps titles, which would fix the language at import.
    return pydantic.Field(default, json_schema_extra={"title": title, "help": help}, **bounds)  # type: ignore[dict-item]


_made: dict[tuple[str, int], tuple[Any, SettingsModel]] = {}


def _read() -> Rows:
    found = PluginSettings.objects.values_list("plugin", "department_id", "values")
    return {(plugin, department): values for plugin, department, values in found}


_kept = stamps.Kept("plugin_settings", _read)


def model_of(slug: str) -> type[SettingsModel]:
    """The plugin's settings schema; raises ValidationError if it has none."""
    plugin = registry.get(slug)
    model = plugin.contributions.settings_model if plugin else None
    if model is None:
        raise ValidationError(_("The plugin “%(slug)s” has no settings.") % {"slug": slug})
    found: type[SettingsModel] = model
    return found


def _problems(model: type[SettingsModel], values: Mapping[str, Any]) -> dict[str, str]:
    """What does not fit the schema, by field, in words."""
    try:
        model.model_validate(dict(values))
    except pydantic.ValidationError as error:
        return {str(item["loc"][0]) if item["loc"] else "__all__": item["msg"] for item in error.errors()}
    return {}


def unfit(slug: str, department: Department | int | None) -> dict[str, str]:
    """Values kept in the department that no longer fit the schema, with the reason; they are ignored."""
    return _problems(model_of(slug), values_set_here(slug, department))


def values_set_here(slug: str, department: Department | int | None) -> dict[str, Any]:
    """What is set in this very department, as it is kept."""
    above = tree.current().above(department)
    return dict(_kept.get().get((slug, above[0].pk), {})) if above else {}


def _effective(slug: str, departments: list[Department]) -> tuple[dict[str, Any], dict[str, Department]]:
    model, rows = model_of(slug), _kept.get()
    values: dict[str, Any] = {}
    sources: dict[str, Department] = {}
    for department in reversed(departments):
        here = rows.get((slug, department.pk), {})
        bad = _problems(model, here) if here else {}
        if bad:
            logger.warning("settings of %s in %s are ignored: %s", slug, department.url_path, bad)
        for name, value in here.items():
            if name not in bad:
                values[name], sources[name] = value, department
    return values, sources


def _build(slug: str, model: type[SettingsModel], values: dict[str, Any]) -> SettingsModel:
    try:
        return model.model_validate(values)
    except pydantic.ValidationError as error:  # each level fits, but not all of them together
        logger.warning("settings of %s are ignored, the defaults hold: %s", slug, error)
        return model()


def settings_for(slug: str, department: Department | int | None) -> Any:
    """The plugin's Settings as they hold in the department: nearest above wins, in the end the schema's default."""
    departments = tree.current().above(department)
    rows, where = _kept.get(), (slug, departments[0].pk if departments else 0)
    model, marks = model_of(slug), [d.pk for d in departments]
    known = _made.get(where)
    if known and known[0][0] is rows and known[0][1:] == (model, marks):
        return known[1]
    made = _build(slug, model, _effective(slug, departments)[0])
    if not stamps.pending():
        _made[where] = ((rows, model, marks), made)
    return made


def inherited(slug: str, department: Department | int | None) -> dict[str, tuple[Any, Department | None]]:
    """What would hold without the department's own values: {field: (value, where it is set; None is the default)}."""
    values, sources = _effective(slug, tree.current().above(department)[1:])
    made = _build(slug, model_of(slug), values)
    return {name: (getattr(made, name), sources.get(name)) for name in type(made).model_fields}


@transaction.atomic
def save_settings(
    slug: str,
    department: Department,
    values: Mapping[str, Any],
    *,
    acting_person: Person | None,
    reason: str = "",
) -> PluginSettings:
    """Sets the fields given in this department; None or absent inherits. Values that no longer fit are kept.

    Raises ValidationError by field and PermissionDenied; `acting_person` None is the command line.
    """
    require_configure(slug, acting_person, department)
    model = model_of(slug)
    given = {name: value for name, value in values.items() if value is not None}
    if bad := _problems(model, given):
        raise ValidationError({name: [words] for name, words in bad.items()})
    checked = model.model_validate(given).model_dump(mode="json", include=set(given))
    row, _created = PluginSettings.objects.select_for_update().get_or_create(plugin=slug, department=department)
    before, bad = dict(row.values), _problems(model, row.values)
    row.values = {name: value for name, value in before.items() if name in bad} | checked
    row.changed_by = acting_person
    row.save()
    stamps.bump("plugin_settings")
    data = {
        "plugin": slug,
        "department": department.url_path,
        "department_id": department.pk,
        "before": before,
        "after": row.values,
        "reason": reason,
    }
    record("plugin.settings", row, acting_person=acting_person, data=data)
    return row


def forget() -> None:
    """Drops what is remembered; needed only where rows are rolled back under it, as in tests."""
    _kept.forget()
    _made.clear()
