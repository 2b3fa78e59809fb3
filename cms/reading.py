"""What a reader of a page is shown besides its own text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models.functions import Length
from django.http import HttpRequest
from wagtail.models import Page

from cms.privacy import readable_sections
from portal.catalogue.models import Entry
from portal.host import surfaces

if TYPE_CHECKING:
    from cms.models import ContentPage, SectionPage

LABEL = "wagtailcore.page"
PAGE = 20
RELATED = 4
STORIES = 3


def visible_entries(person: Any, pks: Iterable[int]) -> list[Entry]:
    """The entries of these pages that the person may see, in the given order; one query."""
    keys = [str(pk) for pk in pks]
    found = Entry.objects.visible_to(person).filter(label=LABEL, key__in=keys).for_cards()
    by_key = {entry.key: entry for entry in found}
    return [by_key[key] for key in keys if key in by_key]


def crumbs(page: Page, request: HttpRequest) -> list[dict[str, str]]:
    """The sections above the page, below the site's start, and the page itself; one query."""
    above = Page.objects.ancestor_of(page).filter(depth__gt=2).order_by("depth")
    found = [{"label": p.title, "url": (p.get_url(request) or "") if p.live else ""} for p in above]
    return [*found, {"label": page.title, "url": ""}]


def related(person: Any, entry: Entry) -> list[Entry]:
    """The newest managed entries on one of the same topics."""
    topics = entry.entry_topics.values("topic_id")
    same = Entry.objects.visible_to(person).filter(kind=Entry.Kind.MANAGED, pk__in=_about(topics))
    return list(same.exclude(pk=entry.pk).newest().for_cards()[:RELATED])


def _about(topics: Any) -> Any:
    return Entry.topics.through.objects.filter(topic_id__in=topics).values("entry_id")


def translations(person: Any, entry: Entry) -> list[dict[str, str]]:
    """The same text in the other languages the reader may read it in."""
    if not entry.translation_key:
        return []
    others = Entry.objects.visible_to(person).filter(label=LABEL, translation_key=entry.translation_key)
    found = others.exclude(pk=entry.pk).order_by("language").values_list("language", "url")
    return [{"code": language, "url": url} for language, url in found]


def page_context(page: ContentPage, request: HttpRequest, entry: Entry | None) -> dict[str, Any]:
    """Context of templates/cms/_article.html; without an entry (a preview) what needs one is empty."""
    from cms.blocks import headings

    shown = entry if entry is not None and entry.pk else None
    return {
        "entry": entry,
        "crumbs": crumbs(page, request),
        "introduction": page.summary,
        "image": page.image,
        "outline": [{"anchor": anchor, "text": block.value} for block, anchor in headings(page.body)],
        "translations": translations(request.user, shown) if shown else [],
        "related": related(request.user, shown) if shown else [],
        "topics": list(entry.topic_names) if entry else [],
        "below_html": surfaces.slot("entry.below", request, shown) if shown else [],
    }


def section_context(section: SectionPage, request: HttpRequest) -> dict[str, Any]:
    """Context of templates/cms/section_page.html: what is directly below, newest first."""
    step = Page.steplen
    children = (
        Entry.objects.visible_to(request.user)
        .filter(label=LABEL, tree_path__startswith=section.path)
        .annotate(place=Length("tree_path"))
        .filter(place=len(section.path) + step)
    )
    paginator = Paginator(children.newest().for_cards(), PAGE)
    page = paginator.get_page(request.GET.get("page"))
    entries = list(page.object_list)
    pinned = children.filter(facets__pinned=True).newest().for_cards()[:STORIES] if page.number == 1 else []
    return {
        "introduction": section.summary,
        "crumbs": crumbs(section, request),
        "entries": entries,
        "stories": list(pinned),
        "sections": _sections(section, request),
        "actions": surfaces.slot_for_entries("entry.actions", request, entries),
        "pages": _numbers(paginator, page.number),
        "previous_url": f"?page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?page={page.number + 1}" if page.has_next() else "",
    }


def _numbers(paginator: Paginator, current: int) -> list[dict[str, Any]]:
    numbers = paginator.get_elided_page_range(current, on_each_side=2, on_ends=1)
    return [
        {
            "number": None if number == Paginator.ELLIPSIS else number,
            "url": f"?page={number}",
            "current": number == current,
        }
        for number in numbers
    ]


def _sections(section: SectionPage, request: HttpRequest) -> list[dict[str, str]]:
    below = readable_sections(request.user).child_of(section).order_by("path")
    return [{"title": s.title, "url": s.get_url(request) or "", "summary": s.summary} for s in below]
