"""`POST /search/opened/`: the page tells which result was opened, beside the link and not on its way."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from portal.people.models import Person
from search.conf import DEEPEST
from search.seeking.noting import is_allowed, note_click


@require_POST
def opened(request: HttpRequest) -> HttpResponse:
    """Takes `q`, as it was sought, and `position`, from 1 over all pages, with the CSRF token.

    204 whether or not it counts, 400 for what cannot be, 429 for too many a minute.
    """
    person, text, position = request.user, request.POST.get("q", ""), request.POST.get("position", "")
    is_number = position.isascii() and position.isdigit() and len(position) <= len(str(DEEPEST))
    if not text or not is_number or not 1 <= int(position) <= DEEPEST or not isinstance(person, Person):
        return HttpResponse(status=400)
    if not is_allowed(person):
        return HttpResponse(status=429)
    note_click(person, text, int(position))
    return HttpResponse(status=204)
