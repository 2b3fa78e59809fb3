"""Who may do what with a plugin in a department."""

from __future__ import annotations

from collections.abc import Collection

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from portal.host.configuring.holders import (
    HOLDERS,
    Granted,
    departments_with_own,
    fingerprint,
    granted_in,
    permissions_of,
)
from portal.host.console.configuring import answer, context_of, for_configurators, latest
from portal.host.console.overrides import Item, OverridesForm
from portal.host.permissions import CONFIGURE, save_grants
from portal.host.registry import Installed
from portal.people.models import Department, Person


@for_configurators
def permissions(request: HttpRequest, person: Person, plugin: Installed, department: Department) -> HttpResponse:
    """Who holds what here and where that comes from; a POST changes it."""
    slug, title = plugin.slug, _("%(plugin)s: who may do what") % {"plugin": plugin.manifest.title}

    def make(data: QueryDict | None) -> OverridesForm:
        items = [_item(each) for each in granted_in(slug, department)]
        return OverridesForm(department, items, fingerprint(slug, department), data)

    def save(form: OverridesForm) -> None:
        holders, unset = form.wanted()
        save_grants(
            slug,
            department,
            {**holders, **dict.fromkeys(unset)},
            acting_person=person,
            reason=form.cleaned_data["reason"],
            expected=form.cleaned_data["fingerprint"],
        )

    context = context_of(request, person, plugin, department, title, departments_with_own(slug))
    context |= {
        "current": "plugin_permissions",
        "nothing": _("This plugin has no permissions to grant."),
        "unfit": {},
        "history": [(entry, [told(slug, entry)]) for entry in latest("plugin.grant", slug, department)],
    }
    return answer(request, make, save, context)


def _item(granted: Granted) -> Item:
    choices = [(name, str(label)) for name, label in HOLDERS.items()]
    return Item(
        name=granted.name,
        title=granted.title,
        help=_("The department's IT may in any case.") if granted.name == CONFIGURE else "",
        field=forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, required=False),
        value=list(granted.value),
        words=_words(granted.name, granted.value),
        source=granted.source,
        set_at=granted.set_at,
        above_words=_words(granted.name, granted.above),
        above_at=granted.above_at,
    )


def _words(name: str, holders: Collection[str]) -> str:
    named = [str(label) for holder, label in HOLDERS.items() if holder in holders]
    nobody = _("nobody but IT") if name == CONFIGURE else _("nobody but central IT")
    return ", ".join(named) or nobody


def told(slug: str, entry: ModelLogEntry) -> tuple[str, str, str]:
    """(title, before, after) of the permission that was changed."""
    titles = {each.slug: str(each.label) for each in permissions_of(slug)}
    name = str(entry.data.get("permission", ""))
    before, after = (entry.data.get(part) for part in ("before", "after"))
    old, new = (_("inherited") if holders is None else _words(name, holders) for holders in (before, after))
    return titles.get(name, name), old, new
