"""Who may open the pages of sources, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from portal.ingestion.actions import may_manage_sources
from portal.ingestion.models import Source
from portal.people.models import Person

View = Callable[..., HttpResponse]


def may_open(person: Any) -> bool:
    return isinstance(person, Person) and may_manage_sources(person)


def for_central_it(view: View) -> View:
    """The view, for central IT; everybody else is told whom to ask, with 403."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_open(request.user):
            return refused(request)
        return view(request, *args, **kwargs)

    return checked


def of_a_source(view: View) -> View:
    """The same, given the source whose slug the address names; of another 404."""

    @for_central_it
    @wraps(view)
    def found(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        source = get_object_or_404(Source.objects.select_related("department"), slug=slug)
        return view(request, source, **kwargs)

    return found


def refused(request: HttpRequest) -> HttpResponse:
    context = titled(_("Sources")) | {"why": _("Sources are kept by central IT; ask there."), "is_it": False}
    return render(request, "host/refused.html", context, status=403)


def titled(title: str, **context: Any) -> dict[str, Any]:
    return {"header_title": title, "page_title": title, "header_icon": "download"} | context


def of_source(source: Source, title: str, current: str, **context: Any) -> dict[str, Any]:
    """What every page of a source needs. `current`: the name of its address, for the places."""
    return titled(source.name, page_subtitle=title, source=source, current=current, **context) | {
        "header_title": f"{source.name}: {title}"
    }


def person_of(request: HttpRequest) -> Person:
    """Who is central IT here; the views above have checked it."""
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user


def done(request: HttpRequest, act: Callable[[], str], *, then: str, slug: str) -> HttpResponse:
    """Acts and says what came of it: the sentence that `act` returns, or what it refuses."""
    try:
        messages.success(request, act())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(then, slug=slug)
