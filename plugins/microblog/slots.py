"""The form for a post above the timeline."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from plugins.microblog.actions import SLUG
from plugins.microblog.models import Post
from portal.audience.access import access_of
from portal.host import gate, permissions
from portal.host.settings import settings_for
from portal.people import tree
from portal.people.models import Department


def composer(request: HttpRequest, department: Department | None) -> str:
    """The composer, for one department or for all the person belongs to; "" where they may not post."""
    access = access_of(request.user)
    belongs = tree.current().some(access.departments)
    open_here = gate.homes_where_on(SLUG, belongs)
    mine = [d for d in belongs if d.pk in open_here and permissions.may(SLUG, "post", request.user, d)]
    mine.sort(key=lambda d: d.pk != access.primary)
    if department is not None:
        mine = [d for d in mine if d.pk == department.pk]
    if not mine:
        return ""
    settings = {d.pk: settings_for(SLUG, d) for d in mine}
    context = {
        "departments": mine,
        "types": Post.Type.choices,
        "longest": max(one.longest for one in settings.values()),
        "for_everyone": {pk for pk, one in settings.items() if one.for_everyone},
        "next": request.get_full_path(),
    }
    context["tools_html"] = render_to_string("microblog/partials/composer_tools.html", context)
    return render_to_string("microblog/partials/composer.html", context, request)


slots = {"timeline.above": composer}
