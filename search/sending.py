"""A search that somebody sent from a search box, which is their own, against one whose address was given to them."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.urls import reverse

SENT = "sent"  # in the address that a search box leads to, and never in one that is shown


def sent_url(text: str) -> str:
    """Where a search box leads to with this text."""
    return f"{reverse('search')}?{urlencode({'q': text, SENT: 1})}"


def by_our_page(request: HttpRequest) -> bool:
    """Whether the reader came by a page of ours, not by a link from elsewhere; browsers say so, or where they were."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:
        return urlsplit(request.headers.get("Referer", "")).netloc == request.get_host()
    return site == "same-origin" and request.headers.get("Sec-Fetch-Mode") == "navigate"
