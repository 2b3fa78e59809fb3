"""Notifications in words: rendered by their types, each guarded, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import url_has_allowed_host_and_scheme

from portal.host.guard import guarded, typed
from portal.host.plugin import Notice, NotificationType
from portal.notifications import kinds
from portal.notifications.models import Notification


@dataclass(frozen=True)
class Row:
    """A notification as lists draw it; all plain text. `url` is "" where it leads nowhere."""

    pk: int
    plugin: str
    type: str
    icon: str
    label: str
    text: str
    detail: str
    url: str
    told_at: datetime
    unread: bool


def rows_of(notifications: Iterable[Notification]) -> list[Row]:
    """No query. What a type cannot put into words says at least what it is of."""
    return [_row(notification) for notification in notifications]


def _row(notification: Notification) -> Row:
    kind = kinds.find(notification.plugin, notification.type)
    notice = _notice(kind, notification)
    return Row(
        pk=notification.pk,
        plugin=notification.plugin,
        type=notification.type,
        icon=kind.icon if kind else "bell",
        label=str(kind.label) if kind else notification.type,
        text=notice.text,
        detail=notice.detail,
        url=notice.url,
        told_at=notification.created_at,
        unread=notification.read_at is None,
    )


def notice_of(notification: Notification) -> Notice:
    """What it says and where it leads."""
    return _notice(kinds.find(notification.plugin, notification.type), notification)


def _notice(kind: NotificationType | None, notification: Notification) -> Notice:
    if kind is None:
        return Notice(notification.type)
    if not notification.plugin:
        return _checked(kind, notification)
    place, plain = f"notification {kind.slug}", Notice(str(kind.label))
    return guarded(notification.plugin, place, plain, _checked, kind, notification)


def _checked(kind: NotificationType, notification: Notification) -> Notice:
    notice = typed(Notice, kind.render, notification.data)
    if notice.url and not (notice.url.startswith("/") and url_has_allowed_host_and_scheme(notice.url, None)):
        raise ValueError(f"it leads to {notice.url!r}: use an address of the site")
    return notice
