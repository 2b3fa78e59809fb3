"""The language somebody reads in."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language


def interface_language() -> str:
    """The reader's, as two letters ("de" for de-at); the organisation's where nobody reads."""
    return (get_language() or settings.LANGUAGE_CODE).split("-")[0]
