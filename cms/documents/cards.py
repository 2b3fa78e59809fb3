"""Documents as entries: one for each page that shows one, attached to the page's, so that it is as open as the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from cms.documents.models import DocumentText, ShownDocument
from cms.documents.privacy import privacy_of_collections
from portal.audience.expressions import Expression
from portal.catalogue.card import Card
from portal.host.plugin import EntryType

TYPE = EntryType("document", _("Document"), "file", "managed", _("Documents"))
LABEL = "cms.showndocument"


def document_cards(shown: Sequence[ShownDocument]) -> list[Card]:
    """Their cards; texts and the privacy of collections are read for all of them at once."""
    texts = {
        text.document_id: text for text in DocumentText.objects.filter(document__in={s.document_id for s in shown})
    }
    privacy = privacy_of_collections({s.document.collection_id for s in shown})
    return [_card(one, texts.get(one.document_id), privacy[one.document.collection_id]) for one in shown]


def _card(shown: ShownDocument, text: DocumentText | None, privacy: Expression) -> Card:
    document: Any = shown.document
    page = shown.page_entry
    done = text is not None and text.state == DocumentText.State.DONE  # else it is the text of another file
    return Card(
        kind="managed",
        type=TYPE.slug,
        obj=shown,
        title=document.title,
        url=document.file.url,
        summary="" if document.filename == document.title else document.filename,
        body=text.text if text and done else "",
        author=page.author,
        audience=privacy,
        subject=page,
        language=page.language,
        published_at=document.created_at,
        stale_from=page.stale_from,
        facets={"pages": text.pages, "page_unit": text.unit, "format": text.format} if text and done else {},
    )
