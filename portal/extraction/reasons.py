"""Why a file gave no text, in words for whoever brought it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.extraction import limits

UNAVAILABLE = "unavailable"  # the storage does not give the file

TEXTS: dict[str, str | Promise] = {
    limits.UNSUPPORTED: _("Its text cannot be read. PDF, DOCX, XLSX, PPTX, ODT and plain text can."),
    limits.ENCRYPTED: _("It is protected by a password. Upload it without one."),
    limits.BROKEN: _("The file is damaged. Save it anew in the program it was made with, and replace it."),
    limits.TOO_LARGE: _("The file is too large to be read."),
    limits.ARCHIVE: _("The file unpacks to far more than it says it is, so it is not opened."),
    limits.ENTITIES: _("The file refers to things outside of it, as harmful files do, so it is not read."),
    limits.TIME: _("Reading it took too long. Perhaps it can be split, or saved anew."),
    limits.MEMORY: _("Reading it took too much memory. Perhaps it can be split, or saved anew."),
    limits.CRASHED: _("The file made the reader fail. Save it anew in the program it was made with, and replace it."),
    UNAVAILABLE: _("The file could not be fetched from where it is stored."),
}


def text_of(reason: str) -> str:
    return str(TEXTS.get(reason, reason))
