"""What the pages for settings and for permissions have in common: for whom they are, where, and the last changes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from portal.host.authority import Refused, whom_to_ask
from portal.host.configuring.meanwhile import ChangedMeanwhile
from portal.host.console.access import may_open
from portal.host.console.overrides import OverridesForm
from portal.host.gate import is_on_for
from portal.host.permissions import configurable, require_configure
from portal.host.registry import Installed, registry
from portal.people import tree
from portal.people.models import Department, Person

LISTED = 50  # departments
LATEST = 10  # changes

Configure = Callable[[HttpRequest, Person, Installed, Department], HttpResponse]


def for_configurators(view: Configure) -> Callable[[HttpRequest, str], HttpResponse]:
    """The view, for one plugin in a department (`?department=ID`) that the person may configure it in.

    Everybody else is told whom to ask. Whoever may not know of the plugin finds nothing.
    """

    @wraps(view)
    def checked(request: HttpRequest, slug: str) -> HttpResponse:
        person, plugin = request.user, registry.get(slug)
        if not isinstance(person, Person) or plugin is None:
            raise Http404
        try:
            department = _department(request, person, slug)
            require_configure(slug, person, department)
            return view(request, person, plugin, department)
        except Refused as error:
            if not may_open(person) and not is_on_for(slug, person):
                raise Http404 from error
            context = _titled(str(plugin.manifest.title)) | {"why": str(error), "is_it": may_open(person)}
            return render(request, "host/refused.html", context, status=403)

    return checked


def _department(request: HttpRequest, person: Person, slug: str) -> Department:
    """The one that was asked for, else the first that is the person's to configure."""
    departments = tree.current().departments
    if given := request.GET.get("department", ""):
        found = next((one for one in departments.values() if str(one.pk) == given), None)
        if found is None:
            raise Http404
        return found
    mine = configurable(slug, person)
    if not mine:
        ask = whom_to_ask(person, person.primary_department)
        raise Refused(_("You may not change this plugin anywhere. %(ask)s") % {"ask": ask})
    return mine[0]


def _titled(title: str) -> dict[str, Any]:
    return {"header_title": title, "page_title": title, "header_icon": "cogs"}


def answer(
    request: HttpRequest,
    make: Callable[..., OverridesForm],
    save: Callable[[OverridesForm], object],
    context: dict[str, Any],
) -> HttpResponse:
    """Shows the form `make` gives, and saves what was changed in it; if somebody else was faster, shows both."""
    form = make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            save(form)
        except ChangedMeanwhile as error:
            form = form.onto(make(None))
            form.refuse(error)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. It holds everywhere within a second."))
            return redirect(request.get_full_path())
    status = 422 if form.errors else 200
    return render(request, "host/overrides.html", context | {"form": form}, status=status)


def context_of(
    request: HttpRequest, person: Person, plugin: Installed, department: Department, title: str, own: Collection[int]
) -> dict[str, Any]:
    """What the page says around its form. `own` are the departments that have something of their own."""
    mine = configurable(plugin.slug, person)
    above = {one.pk for one in tree.current().above(department)[1:]}
    asked = request.GET.get("q", "").strip()[:100]
    listed = [one for one in mine if _is_listed(one, department, asked)]
    return _titled(title) | {
        "page_subtitle": department.name,
        "plugin": plugin,
        "department": department,
        "above": [one for one in mine if one.pk in above],
        "q": asked,
        "listed": listed[:LISTED],
        "more": max(len(listed) - LISTED, 0),
        "own": [one for one in mine if one.pk in own and one.pk != department.pk][:LISTED],
        "is_it": may_open(person),
    }


def _is_listed(one: Department, department: Department, asked: str) -> bool:
    if asked:
        return asked.lower() in one.name.lower()
    return one.depth == department.depth + 1 and one.path.startswith(department.path)


def latest(action: str, slug: str, department: Department) -> list[ModelLogEntry]:
    """The last changes in this department, newest first. One query."""
    found = ModelLogEntry.objects.filter(action=f"folkmoot.{action}", data__plugin=slug)
    found = found.filter(data__department_id=department.pk).select_related("user")
    return list(found.order_by("-timestamp", "-pk")[:LATEST])
