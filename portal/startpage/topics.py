"""`/topics/<slug>/`: everything about a topic."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal.catalogue.models import Entry, Topic
from portal.host import surfaces
from portal.paging import page_of


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """A topic whose entries the person may none of see does not exist for them."""
    found = get_object_or_404(Topic, slug=slug)
    entries = Entry.objects.visible_to(request.user).about(slug).newest().for_cards()
    page = page_of(request, entries[:1000], 20)
    if not page.object_list:
        raise Http404
    return render(
        request,
        "portal/topic.html",
        {
            "topic": found,
            "page": page,
            "actions": surfaces.slot_for_entries("entry.actions", request, list(page.object_list)),
        },
    )
