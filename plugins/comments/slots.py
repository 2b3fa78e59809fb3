"""The thread below whatever is read, and the number of comments below each item of a list."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string

from plugins.comments.actions import LABEL, SLUG, longest_on
from plugins.comments.threads import counts_for, thread_for
from portal.catalogue.models import Entry
from portal.host import gate, permissions

# A person is no subject of discussion, and a comment is answered in its own thread.
_WITHOUT = {LABEL, "people.person"}


def _open(entries: Sequence[Entry]) -> list[Entry]:
    """Those that can be commented on where they are at home."""
    homes = gate.homes_where_on(SLUG, (entry.department for entry in entries))
    return [entry for entry in entries if entry.label not in _WITHOUT and entry.department_id in homes]


def below(request: HttpRequest, entry: Entry) -> str:
    """The comments on the entry and the form for another; "" where comments are off."""
    if not _open([entry]):
        return ""
    thread = thread_for(request.user, entry, everything=request.GET.get("comments") == "all")
    may_comment = permissions.may(SLUG, "comment", request.user, entry.department)
    context = {"entry": entry, "thread": thread, "longest": longest_on(entry), "may_comment": may_comment}
    return render_to_string("comments/partials/section.html", context, request)


def counts(request: HttpRequest, entries: Sequence[Entry]) -> dict[int, str]:
    """For each entry a link to its comments, with how many of them the reader may see; one query."""
    opened = _open(entries)
    if not opened:
        return {}
    found = counts_for(request.user, [entry.pk for entry in opened])
    return {
        entry.pk: render_to_string(
            "comments/partials/count.html", {"url": f"{entry.url}#comments", "count": found.get(entry.pk, 0)}
        )
        for entry in opened
    }


slots = {"entry.below": below, "entry.actions": counts}
