"""What a person knows about, on their profile."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from plugins.expertise.actions import SLUG
from plugins.expertise.finder import known_by
from portal.host import gate
from portal.people.models import Person


def profile(request: HttpRequest, person: Person) -> str:
    """Declared skills with their evidence; on one's own profile also the way to change them."""
    topics = known_by(person, reader=request.user)
    is_me = person.pk == request.user.pk and gate.is_on_in(SLUG, person.primary_department)
    if not topics and not is_me:
        return ""
    return render_to_string("expertise/partials/profile.html", {"person": person, "topics": topics, "is_me": is_me})


slots = {"person.profile": profile}
