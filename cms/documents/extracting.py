"""What the worker does for texts of documents: takes one that waits, reads its file in a child process, keeps the text.

The truth is in DocumentText: a worker that dies leaves a row whose time comes again, and a file that kills workers is
given up after a few of them.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from datetime import timedelta
from typing import IO, Any

from django.db.models import F, Q
from django.utils import timezone

from cms.documents import actions
from cms.documents.models import DocumentText
from portal.extraction.extract import DEFAULT, extract
from portal.extraction.limits import CRASHED, TOO_LARGE, Unreadable
from portal.extraction.reasons import UNAVAILABLE

logger = logging.getLogger(__name__)

CLAIMED = timedelta(minutes=5)  # longer than any reading takes
ATTEMPTS = 5
_CHUNK = 1024 * 1024
Found = dict[str, Any]


def extract_next() -> int:
    """Reads one document that waits; 0 if none does."""
    text = _claim()
    if text is None:
        return 0
    if text.attempts > ATTEMPTS:
        actions.store_text(text, _failure(CRASHED, "workers died of it"))
        return 1
    try:
        found = _read(text)
    except Unreadable as error:
        logger.info("document %s gives no text: %s", text.document_id, error)
        found = _failure(error.reason, error.detail)
    except Exception as error:  # whatever a storage raises
        logger.warning("document %s cannot be fetched: %s", text.document_id, error)
        found = _later(text, error)
    actions.store_text(text, found)
    return 1


def _claim() -> DocumentText | None:
    """The first that is due, for this worker alone."""
    now = timezone.now()
    due = DocumentText.objects.filter(Q(not_before=None) | Q(not_before__lte=now), state=DocumentText.State.WAITING)
    pk = due.order_by("pk").values_list("pk", flat=True).first()
    if pk is None or not due.filter(pk=pk).update(not_before=now + CLAIMED, attempts=F("attempts") + 1):
        return None
    return DocumentText.objects.select_related("document").defer("text").get(pk=pk)


def _read(text: DocumentText) -> Found:
    """What is to be kept of the file; of one that has been read already, only that it has."""
    done = {"state": DocumentText.State.DONE, "attempts": 0, "reason": "", "detail": ""}
    with tempfile.TemporaryFile() as copy:
        digest = _fetch(text, copy)
        if digest == text.digest:
            return done
        found = extract(copy)
    return done | {
        "digest": digest,
        "format": found.format,
        "unit": found.unit,
        "text": found.text,
        "pages": len(found.pages),
        "characters": sum(len(page) for page in found.pages),
        "truncated": found.truncated,
    }


def _fetch(text: DocumentText, copy: IO[bytes]) -> str:
    """A copy of the stored file, which may lie anywhere; its digest."""
    digest, size = hashlib.sha256(), 0
    storage = text.document.file.storage
    with storage.open(text.path, "rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > DEFAULT.file:
                raise Unreadable(TOO_LARGE, f"more than {DEFAULT.file} bytes")
            digest.update(chunk)
            copy.write(chunk)
    copy.flush()
    return digest.hexdigest()


def _failure(reason: str, detail: str) -> Found:
    """Nothing of an older file is found under the name of this one."""
    nothing = {"digest": "", "format": "", "unit": "", "text": "", "pages": 0, "characters": 0, "truncated": False}
    return nothing | {"state": DocumentText.State.FAILED, "reason": reason, "detail": detail[:300]}


def _later(text: DocumentText, error: Exception) -> Found:
    """A storage may come back; a file that is not there will not."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, FileNotFoundError) or text.attempts >= ATTEMPTS:
        return _failure(UNAVAILABLE, detail)
    return {"detail": detail[:300], "not_before": timezone.now() + timedelta(minutes=2**text.attempts)}
