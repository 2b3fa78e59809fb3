"""Settings of plugins: typed, organisation-wide, with overrides per department. Warm, reading costs no SQL."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pydantic
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.host.configuring.words import problems_in
from portal.host.models import PluginSettings
from portal.host.registry import registry
from portal.people import tree

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise
    from pydantic.fields import FieldInfo

    from portal.people.models import Department

logger = logging.getLogger(__name__)
Rows = dict[tuple[str, int], dict[str, Any]]


class SettingsModel(pydantic.BaseModel):
    """Base of a plugin's `Settings`: each field typed, with a default, declared with `setting`.

    The console has a field for bool, int, float, str, Literal, Enum, lists of str, and each of these or None; what is
    anything else is written there as JSON.
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Named:
    """Title and help of a setting. Called for each JSON Schema, so that each is in its reader's language."""

    title: str | StrPromise
    help: str | StrPromise = ""

    def __call__(self, schema: dict[str, Any]) -> None:
        schema["title"] = str(self.title)
        if self.help:
            schema["description"] = str(self.help)


def setting(default: Any, *, title: str | StrPromise, help: str | StrPromise = "", **bounds: Any) -> Any:
    """A field of a SettingsModel; title and help may be lazily translated, `bounds` are pydantic's (ge, le, ...)."""
    return pydantic.Field(default, json_schema_extra=Named(title, help), **bounds)


def named(name: str, field: FieldInfo) -> Named:
    """Title and help of a field, also of one that was not declared with `setting`."""
    extra = field.json_schema_extra
    return extra if isinstance(extra, Named) else Named(field.title or name, field.description or "")


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


def problems(model: type[SettingsModel], values: Mapping[str, Any]) -> dict[str, str]:
    """What does not fit the schema, by field, in words; "__all__" is what does not fit together."""
    try:
        model.model_validate(dict(values))
    except pydantic.ValidationError as error:
        return problems_in(error)
    return {}


def unfit(slug: str, department: Department | int | None) -> dict[str, str]:
    """Values kept in the department that no longer fit the schema, with the reason; they are ignored."""
    return problems(model_of(slug), values_set_here(slug, department))


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
        bad = problems(model, here) if here else {}
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


@dataclass(frozen=True)
class Held:
    """What holds for one setting in a department, and where it comes from.

    `source`: "own" (set in this department), "inherited" (set above, in `set_at`) or "default" (the schema's).
    `above` is what would hold without the own value, from `above_at`; None there is the default.
    """

    name: str
    title: str
    help: str
    value: Any
    source: str
    set_at: Department | None
    above: Any
    above_at: Department | None


def has_settings(slug: str) -> bool:
    """Whether the plugin, if there is one, declares any."""
    plugin = registry.get(slug)
    return plugin is not None and plugin.contributions.settings_model is not None


def departments_with_own(slug: str) -> set[int]:
    """The ids of the departments in which something is set."""
    return {pk for (plugin, pk), values in _kept.get().items() if plugin == slug and values}


def schema_of(slug: str) -> dict[str, Any]:
    """The settings as JSON Schema, titles and descriptions in the reader's language."""
    model = model_of(slug)
    schema = model.model_json_schema()
    for name, field in model.model_fields.items():
        named(name, field)(schema["properties"][name])  # pydantic leaves it out where it refers to a definition
    return schema


def held_in(slug: str, department: Department) -> list[Held]:
    """What holds in the department, in the order of the schema. Warm, no query."""
    fields, values = model_of(slug).model_fields, settings_for(slug, department)
    own = set(values_set_here(slug, department)) - set(unfit(slug, department))
    found = []
    for name, (above, above_at) in inherited(slug, department).items():
        here = department if name in own else above_at
        source = "own" if name in own else "inherited" if above_at else "default"
        words = named(name, fields[name])
        value = getattr(values, name)
        found.append(Held(name, str(words.title), str(words.help), value, source, here, above, above_at))
    return found


def forget() -> None:
    """Drops what is remembered; needed only where rows are rolled back under it, as in tests."""
    _kept.forget()
    _made.clear()
