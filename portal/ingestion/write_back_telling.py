"""Whoever did something here that will not reach the system that owns the item is told so."""

from __future__ import annotations

import logging
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.host import Notice, NotificationType
from portal.ingestion import adapters
from portal.ingestion.write_back_models import WriteBack
from portal.notifications.actions import notify
from portal.notifications.models import Notification

logger = logging.getLogger(__name__)


def tell_not_sent(write_back: WriteBack, said: str) -> None:
    """Once, when the last try has failed. The item is named only to whom it is still shown."""
    if write_back.person is None:
        return
    row = _row_of(write_back)
    shown = Entry.objects.visible_to(write_back.person)
    entry = shown.filter(label=label_of(row), key=str(row.pk)).first() if row is not None else None
    data = {
        "adapter": write_back.source.adapter,
        "operation": write_back.operation,
        "source": write_back.source.name,
        "said": said,
    }
    if entry is not None:
        data |= {"title": entry.title, "url": entry.url}
    about = row if entry is not None else None
    notify([write_back.person], type=NOTIFICATION.slug, key=_key(write_back), data=data, subject=about)


def take_back(write_back: WriteBack) -> None:
    """It is tried again, or no longer wanted: what was told of it is over."""
    Notification.objects.filter(plugin="", type=NOTIFICATION.slug, key=_key(write_back)).delete()


def _row_of(write_back: WriteBack) -> Model | None:
    known = adapters.every().get(write_back.source.adapter)
    try:
        return known[0].row_of(write_back.source, write_back.external_id) if known else None
    except Exception:  # whatever a plugin's adapter raises, the queue moves on
        logger.exception("source %r, write-back %s", write_back.source.slug, write_back.pk)
        return None


def _key(write_back: WriteBack) -> str:
    return f"write-back-{write_back.pk}"


def _in_words(data: dict[str, Any]) -> Notice:
    known = adapters.every().get(data["adapter"])
    labels = {one.slug: str(one.label) for one in known[0].operations} if known else {}
    said = data | {"operation": labels.get(data["operation"], data["operation"])}
    if "title" in data:
        text = _("%(source)s did not take “%(operation)s” for “%(title)s”.")
        return Notice(text % said, url=data["url"], detail=data["said"])
    return Notice(_("%(source)s did not take “%(operation)s” from you.") % said, detail=data["said"])


NOTIFICATION = NotificationType(
    slug="write-back-failed", label=gettext_lazy("What other systems did not take"), icon="alert", render=_in_words
)
