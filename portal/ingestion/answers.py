"""What the status and the headers of an answer say."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from django.utils.translation import gettext as _

TROUBLE = (408, 425, 429, 500, 502, 503, 504)
# What servers say of anything when they know no better.
ANY_TYPE = ("", "application/octet-stream", "binary/octet-stream", "text/plain")

LONGEST_REASON = 8 * 1024
SHORTEST_SECRET = 4  # characters; leaving a shorter one out would make a sentence unreadable, and tell it


class FetchError(Exception):
    """The source could not be read; the text says why. `retry_after`: seconds it asks to be left alone.

    `status`: what it answered, 0 if it did not.
    """

    def __init__(self, message: str, *, retry_after: float = 0, status: int = 0) -> None:
        super().__init__(message)
        self.retry_after, self.status = retry_after, status

    def without(self, secrets: Collection[str]) -> FetchError:
        """The same with “…” for secrets: a source may repeat what it was sent."""
        text = str(self)
        for secret in (one for one in secrets if len(one) >= SHORTEST_SECRET):
            text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)
        return self if text == str(self) else FetchError(text, retry_after=self.retry_after, status=self.status)


class Unauthorized(Exception):
    """The source does not accept the log-in."""


class TryAgain(Exception):
    """Too many requests, or a server in trouble that may pass."""

    def __init__(self, status: int, wait: float) -> None:
        super().__init__(status)
        self.status, self.wait = status, wait


def refusal(response: httpx.Response) -> Exception:
    """What an answer of another status than those wanted means."""
    status = response.status_code
    if status in TROUBLE:
        return TryAgain(status, wait_asked_for(response))
    if status == 401:
        return Unauthorized()
    if reason := reason_given(response):
        said = {"status": status, "reason": reason}
        return FetchError(_("The source answers with status %(status)s: %(reason)s") % said, status=status)
    return FetchError(_("The source answers with status %(status)s.") % {"status": status}, status=status)


def reason_given(response: httpx.Response) -> str:
    """What a refusal says in JSON, in one line: as RFC 9457, or under a name that many systems use; else "".

    No more of it than LONGEST_REASON bytes is read.
    """
    if "json" not in response.headers.get("content-type", ""):
        return ""
    body = b""
    for piece in response.iter_raw(LONGEST_REASON):
        body += piece
        if len(body) >= LONGEST_REASON:
            break
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return " ".join("; ".join(_reasons(document)).split())[:300] if isinstance(document, dict) else ""


def _reasons(document: dict[str, Any]) -> Iterator[str]:
    for name in ("errorMessages", "errors", "detail", "message", "error_description", "error", "title"):
        found = document.get(name)
        if isinstance(found, dict):
            found = [f"{key}: {text}" for key, text in found.items()]
        texts = [text for text in (found if isinstance(found, list) else [found]) if text and isinstance(text, str)]
        yield from texts
        if texts:
            return


def next_url(response: httpx.Response) -> str:
    """The target of the Link header with the relation "next", "" without one."""
    for link in response.links.values():
        if "next" in link.get("rel", "").lower().split():
            return str(response.url.join(link["url"]))
    return ""


def check_type(response: httpx.Response, wanted: Collection[str]) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchError(_("The source sends a packed answer although it was asked not to."))
    sent = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if wanted and sent not in (*wanted, *ANY_TYPE):
        raise FetchError(
            _("The source sends %(sent)s instead of %(wanted)s; perhaps it is a log-in page.")
            % {"sent": sent, "wanted": " / ".join(wanted)}
        )


def wait_asked_for(response: httpx.Response) -> float:
    """Seconds a header asks for (Retry-After, a number or a date); at least a moment, 0 without one."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return max(float(text[:9]), 0.1)
    try:
        # Without it some, such as Jira, give a moment of ISO 8601 that they call the reset of their limit.
        reset = response.headers.get("x-ratelimit-reset", "")
        moment = parsedate_to_datetime(text) if text else datetime.fromisoformat(reset)
    except ValueError:
        return 0
    return max((moment - datetime.now(moment.tzinfo and UTC)).total_seconds(), 0.1)
