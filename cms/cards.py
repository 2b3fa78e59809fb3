"""Pages as entries: what every reader of the page may know of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.models import SourceImageIOError

from cms.models import ContentPage, FacilityPage, NewsPage, ProcessPage
from cms.privacy import privacy_of_paths
from portal.audience.expressions import Expression
from portal.catalogue.card import Card
from portal.catalogue.models import Entry
from portal.host.plugin import EntryType

logger = logging.getLogger(__name__)

TYPES = (
    EntryType("news", _("News"), "news", "managed", _("News")),
    EntryType("process", _("Process"), "steps", "managed", _("Processes")),
    EntryType("facility", _("Facility"), "building", "managed", _("Facilities")),
)
CARD_IMAGE = "fill-1280x672"


def page_card(page: ContentPage) -> Card:
    """The card of one page, as it is in memory."""
    return page_cards([page])[0]


def page_cards(pages: Sequence[ContentPage]) -> list[Card]:
    """The cards of many specific pages; privacy and files are read for all of them at once."""
    privacy = privacy_of_paths(page.path for page in pages)
    files = _files_of(pages)
    return [_card(page, privacy[page.path], files[number]) for number, page in enumerate(pages)]


def _card(page: ContentPage, privacy: Expression, files: tuple[str, ...]) -> Card:
    original = page.translation_of or page
    return Card(
        kind="managed",
        type=page.entry_type,
        obj=page,
        title=page.title,
        url=address_of(page),
        summary=page.summary,
        body=body_text(page),
        image=list_image(page.image),
        author=author_of(page),
        department=page.department,
        audience=page.expression,
        privacy=privacy,
        topics=tuple(page.topics.names()),
        language=page.language,
        translation_key=str(original.translation_key),
        hidden=not page.live,
        published_at=page.first_published_at,
        updated_at=page.last_published_at,
        visible_until=page.expire_at,
        stale_from=page.stale_from,
        tree_path=page.path,
        facets=_facets(page),
        files=files,
    )


def address_of(page: ContentPage) -> str:
    """The path of the page's address; of a page outside the site its place in the tree."""
    parts = page.get_url_parts() if page.pk else None
    return parts[2] if parts and parts[2] else page.url_path or "/"


def author_of(page: ContentPage) -> Any:
    """In whose name it speaks: news may name somebody, else whoever keeps it."""
    return (page.sender if isinstance(page, NewsPage) else None) or page.keeper


def body_text(page: ContentPage) -> str:
    """All text of the page, blocks inside blocks included, but not what is drawn for each reader."""
    body = page.body
    parts = body.stream_block.get_searchable_content(body)
    if isinstance(page, ProcessPage):
        parts = [page.code, *parts]
    if isinstance(page, FacilityPage):
        parts = [
            page.place,
            page.location.name if page.location else "",
            _hours_as_sought(page),
            page.phone,
            *parts,
        ]
    return "\n".join(text for part in parts if (text := str(part).strip()))


def _hours_as_sought(page: FacilityPage) -> str:
    """With the words that a reader of the page's language seeks them by."""
    if not page.opening_hours:
        return ""
    with override(page.language):
        return f"{capfirst(_('opening hours'))}: {page.opening_hours}"


def _facets(page: ContentPage) -> dict[str, Any]:
    facets: dict[str, Any] = {"kicker": page.kicker, "must_read": page.must_read}
    if isinstance(page, NewsPage):
        facets["pinned"] = page.pinned
    if isinstance(page, ProcessPage):
        facets["code"] = page.code
    if isinstance(page, FacilityPage):
        facets |= {"place": page.place, "phone": page.phone, "opening_hours": page.opening_hours}
    return {name: value for name, value in facets.items() if value}


def list_image(image: Any) -> str:
    """The stored rendition for lists, made now so that no list has to; empty without a picture."""
    if image is None:
        return ""
    try:
        with image.get_rendition(CARD_IMAGE).file as stored:
            return stored.name
    except (SourceImageIOError, OSError, ValueError):
        # A picture that is gone or broken must not keep the news from going out.
        logger.warning("image %s cannot be read; lists show nothing in its place", image.pk)
        return ""


def _files_of(pages: Sequence[ContentPage]) -> list[tuple[str, ...]]:
    """Storage paths of the original images and documents that each page shows, wherever they stand in it."""
    images, documents = get_image_model(), get_document_model()
    used = [list(_references(page)) for page in pages]
    paths = {
        model: dict(model.objects.filter(pk__in=_pks(used, model)).values_list("pk", "file"))
        for model in (images, documents)
    }
    return [
        tuple(sorted({paths[model][pk] for model, pk in references if pk in paths.get(model, {})}))
        for references in used
    ]


def _pks(used: Iterable[Iterable[tuple[Any, int]]], model: Any) -> set[int]:
    return {pk for references in used for found, pk in references if found is model}


def _references(page: ContentPage) -> Iterable[tuple[Any, int]]:
    if page.image_id:
        yield get_image_model(), page.image_id
    field = page._meta.get_field("body")
    for model, pk, _model_path, _content_path in field.extract_references(page.body):
        yield model, int(pk)


def unsaved_entry(card: Card) -> Entry:
    """What the entry would show, for the editor's preview; never stored."""
    return Entry(
        kind=card.kind,
        type=card.type,
        title=card.title,
        summary=card.summary,
        url=card.url,
        image=card.image,
        author=card.author,
        department=card.department or _organisation(),
        topic_names=list(card.topics),
        language=card.language,
        published_at=card.published_at,
        updated_at=card.updated_at or card.published_at,
        facets=dict(card.facets),
    )


def _organisation() -> Any:
    from portal.people.models import Department

    return Department.objects.organisation()
