"""Trying a source in the admin: what would be read and what would change. Nothing is written.

A request may not wait for long: what is fetched here is bounded more tightly than by the worker.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError as SettingsError

from portal.host.configuring.words import in_one_line
from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.adapters import NoSuchAdapter
from portal.ingestion.fetch import FetchError
from portal.ingestion.inbox import open_body
from portal.ingestion.models import Delivery, Source
from portal.ingestion.preview import Preview, preview
from portal.ingestion.pull import fetch_source
from portal.ingestion.transports.address import shown

logger = logging.getLogger(__name__)

SECONDS = 8
MEGABYTES = 5


@dataclass(frozen=True)
class Trial:
    """What was read and what it would change, or a sentence with what is in the way."""

    what: str
    found: Preview | None = None
    problem: str = ""


class CannotTry(Exception):
    """There is nothing to read; the text says what to do."""


def try_out(source: Source, upload: Any = None) -> Trial:
    """Reads the uploaded file, else what is fetched now, else what came last. `source` need not be saved."""
    what = ""
    with ExitStack() as stack:
        try:
            what, payload = _payload(source, upload)
            stack.callback(payload.close)
            return Trial(what, found=_previewed(source, payload))
        except Exception as error:  # whatever a plugin's adapter raises
            return Trial(what, problem=_in_words(error))


def try_delivery(delivery: Delivery) -> Trial | None:
    """What a delivery would change if it were applied now; None for one too large to be read in a request."""
    if delivery.size > MEGABYTES * 1024 * 1024 or not delivery.chunks.exists():
        return None
    what = _("what was sent")
    try:
        return Trial(what, found=preview(delivery.source, open_body(delivery)))
    except Exception as error:  # whatever a plugin's adapter raises
        return Trial(what, problem=_in_words(error))


def _in_words(error: Exception) -> str:
    """What is in the way; what nobody foresaw is logged, and told by its type and text as a run tells it."""
    if isinstance(error, (CannotTry, FetchError, UnreadablePayload, NoSuchAdapter)):
        return str(error) or _("It cannot be read.")
    if isinstance(error, SettingsError):
        return _("Its settings do not fit its adapter any more; save them anew: %(problem)s") % {
            "problem": in_one_line(error)
        }
    logger.exception("a source cannot be tried")
    return f"{type(error).__name__}: {error}"


def _payload(source: Source, upload: Any) -> tuple[str, BinaryIO]:
    if upload is not None:
        if upload.size > MEGABYTES * 1024 * 1024:
            said = {"most": MEGABYTES, "source": source.slug}
            text = _("Up to %(most)d MB are tried here. Larger files: manage.py ingest test %(source)s --file …")
            raise CannotTry(text % said)
        return _("the file %(name)s") % {"name": upload.name}, upload.file
    if source.pull_from:
        body = fetch_source(_bounded(source), conditionally=False).body
        assert body is not None
        return shown(source.pull_from), body
    newest = source.deliveries.filter(chunks__number=0).in_order().last() if source.pk else None
    if newest is None:
        raise CannotTry(_("Nothing is fetched from it, and nothing was sent yet; choose a file to try."))
    return _("what was sent last"), open_body(newest)


def _bounded(source: Source) -> Source:
    how = source.transport_settings
    limits = {
        "max_seconds": min(how.max_seconds, SECONDS),
        "max_megabytes": min(how.max_megabytes, MEGABYTES),
    }
    source.transport = source.transport | limits
    return source


def _previewed(source: Source, payload: BinaryIO) -> Preview:
    if source.pk:
        return preview(source, payload)
    with transaction.atomic():
        # Adapters look for what they know of a source: it is there for as long as they read, and never was.
        source.save()
        try:
            return preview(source, payload)
        finally:
            transaction.set_rollback(True)
