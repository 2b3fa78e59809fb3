"""Start page: the day in a sentence, top stories, the timeline and the widgets."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from portal.catalogue.models import Entry
from portal.host import surfaces
from portal.row_ids import row_id
from portal.timeline.read import timeline_page

STORIES = 4
STORY_AGE = timedelta(days=14)


def cursor_of(request: HttpRequest) -> int | None:
    """The timeline cursor of a list address; anything that is not one counts as the first page."""
    return row_id(request.GET.get("before", ""))


def kind_of(request: HttpRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in Entry.Kind.values else ""


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    before, kind = cursor_of(request), kind_of(request)
    timeline = timeline_page(request.user, before=before, kind=kind)
    entries = [item.entry for item in timeline.items]
    context = {
        "timeline": timeline,
        "actions": surfaces.slot_for_entries("entry.actions", request, entries),
        "kind": kind,
        "today": timezone.localdate(),
        "first_page": before is None,
    }
    if before is None:
        context |= {
            "stories": _stories(request),
            "briefing": surfaces.slot_items("briefing", request),
            "before_timeline": surfaces.slot("timeline.above", request, None),
            "widgets": surfaces.widgets(request),
        }
    return render(request, "portal/start.html", context)


def _stories(request: HttpRequest) -> list[Entry]:
    """The newest news of the last two weeks, each in one language; pinned ones first, a picture makes the lead."""
    news = Entry.objects.visible_to(request.user).filter(type="news", published_at__gte=timezone.now() - STORY_AGE)
    stories = _one_translation(list(news.newest().for_cards()[: STORIES * 5]), get_language())
    stories.sort(key=lambda entry: not entry.facets.get("pinned"))
    lead = next((entry for entry in stories if entry.image), None)
    if lead:
        stories.remove(lead)
        stories.insert(0, lead)
    return stories[:STORIES]


def _one_translation(entries: list[Entry], language: str | None) -> list[Entry]:
    """Of translations of one page that in the reader's language, else in the organisation's, else the newest."""
    preference = {language: 0, settings.LANGUAGE_CODE: 1}
    best: dict[str, Entry] = {}
    for entry in entries:
        key = entry.translation_key or f"entry:{entry.pk}"
        rank = preference.get(entry.language, 2)
        if key not in best or rank < preference.get(best[key].language, 2):
            best[key] = entry
    return [entry for entry in entries if entry in best.values()]
