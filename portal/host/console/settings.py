"""A plugin's settings in a department: a form made from their schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from portal.host.configuring.changes import change_settings, fingerprint
from portal.host.console.configuring import answer, context_of, for_configurators, latest
from portal.host.console.overrides import Item, OverridesForm
from portal.host.console.setting_fields import bounds_words, form_field, text_of, words_of
from portal.host.registry import Installed
from portal.host.settings import Held, departments_with_own, has_settings, held_in, model_of, named, unfit
from portal.people.models import Department, Person


@for_configurators
def settings(request: HttpRequest, person: Person, plugin: Installed, department: Department) -> HttpResponse:
    """What holds here and where it comes from; a POST changes it."""
    slug, title = plugin.slug, _("%(plugin)s: settings") % {"plugin": plugin.manifest.title}

    def make(data: QueryDict | None) -> OverridesForm:
        found = held_in(slug, department) if has_settings(slug) else []
        items = [_item(slug, held) for held in found]
        return OverridesForm(department, items, fingerprint(slug, department), data)

    def save(form: OverridesForm) -> object:
        values, unset = form.wanted()
        return change_settings(
            slug,
            department,
            values,
            unset=unset,
            acting_person=person,
            reason=form.cleaned_data["reason"],
            expected=form.cleaned_data["fingerprint"],
        )

    context = context_of(request, person, plugin, department, title, departments_with_own(slug))
    context |= {
        "current": "plugin_settings",
        "nothing": _("This plugin has no settings."),
        "unfit": unfit(slug, department) if has_settings(slug) else {},
        "history": [(entry, list(told(slug, entry))) for entry in latest("plugin.settings", slug, department)],
    }
    return answer(request, make, save, context)


def _item(slug: str, held: Held) -> Item:
    field = model_of(slug).model_fields[held.name]
    return Item(
        name=held.name,
        title=held.title,
        help=" ".join(filter(None, [held.help, bounds_words(field)])),
        field=form_field(field),
        value=text_of(held.value),
        words=words_of(held.value),
        source=held.source,
        set_at=held.set_at,
        above_words=words_of(held.above),
        above_at=held.above_at,
    )


def told(slug: str, entry: ModelLogEntry) -> Iterator[tuple[str, str, str]]:
    """(title, before, after) of each setting that was changed."""
    before, after = _values(entry, "before"), _values(entry, "after")
    fields = model_of(slug).model_fields if has_settings(slug) else {}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            title = str(named(name, fields[name]).title) if name in fields else name
            old, new = (words_of(v[name]) if name in v else _("inherited") for v in (before, after))
            yield title, old, new


def _values(entry: ModelLogEntry, name: str) -> dict[str, Any]:
    found = entry.data.get(name)
    return found if isinstance(found, dict) else {}
