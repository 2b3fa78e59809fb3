"""Addresses that are fetched: the secret that goes into one, and how one is shown to people."""

from __future__ import annotations

import itertools
import re
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from django.utils.translation import gettext as _

PLACEHOLDER = "{token}"  # where the source's secret goes
HIDDEN = "…"
# Parameters that hold nothing but a secret, by what is common.
_SECRET_NAMES = re.compile(
    r"(?:^|[-_.])(?:(?:api|access|auth|private|secret)?[-_]?(?:key|token)|secret|password|passwd|pwd|sig|signature|auth|code)$",
    re.IGNORECASE,
)
_RUN = re.compile(r"[A-Za-z0-9_-]{16,}")
_LONG = 32  # so many letters and figures in one piece are no word
_CHANGES = 4  # words change between small letters, capitals and figures less often than what was drawn by lot


def filled(address: str, secret: str) -> str:
    """The address as it is fetched: the secret, quoted (RFC 3986, 2.1), in place of `{token}`."""
    return address.replace(PLACEHOLDER, quote(secret, safe=""))


def takes_secret(address: str) -> bool:
    """Whether the secret goes into the address, and so into no header."""
    return PLACEHOLDER in address


def forms_of(secret: str) -> list[str]:
    """How the secret may be written in what a source or a library says of the address."""
    return sorted({secret, quote(secret, safe=""), quote(secret)}, key=len, reverse=True) if secret else []


def shown(address: str) -> str:
    """The address for people: values of the query, and parts of the path that look drawn by lot, are “…”.

    A path in the drop folder stays as it is.
    """
    if "://" not in address:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return HIDDEN
    path = "/".join(_shown_segment(segment) for segment in parts.path.split("/"))
    query = "&".join(_shown_pair(pair) for pair in parts.query.split("&")) if parts.query else ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, path, query, ""))


def _shown_segment(segment: str) -> str:
    return (
        segment if PLACEHOLDER in segment else _RUN.sub(lambda run: HIDDEN if _is_random(run[0]) else run[0], segment)
    )


def _shown_pair(pair: str) -> str:
    name, sign, value = pair.partition("=")
    if not sign:
        return _shown_segment(name)
    return pair if value == PLACEHOLDER or not value else f"{name}={HIDDEN}"


def _is_random(text: str) -> bool:
    """Whether a run of 16 letters, figures, - and _ or more looks like a secret or a key instead of words."""
    pieces = re.split(r"[-_]", text)
    if any(len(piece) >= _LONG for piece in pieces):
        return True
    kinds = ["d" if sign.isdigit() else "U" if sign.isupper() else "l" for sign in text if sign.isalnum()]
    # A capital before a small letter begins a word.
    changes = sum(a != b and (a, b) != ("U", "l") for a, b in itertools.pairwise(kinds))
    return changes >= _CHANGES and not _is_date_and_words(pieces)


def _is_date_and_words(pieces: list[str]) -> bool:
    """ "roster-2026-11-28-night": each piece is a word or a number."""
    return all(re.fullmatch(r"[0-9]{0,8}|[A-Z]?[a-z]*|[A-Z]*", piece) for piece in pieces)


def seems_secret(address: str) -> bool:
    """Whether a part of the address looks like a secret that stands there for everybody to read."""
    if "://" not in address:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if any(_shown_segment(segment) != segment for segment in parts.path.split("/")):
        return True
    pairs = parse_qsl(parts.query, keep_blank_values=False)
    return any(
        value != PLACEHOLDER and (_SECRET_NAMES.search(name) or _shown_segment(value) != value) for name, value in pairs
    )


def warning(address: str) -> str:
    """What to do about an address that seems to hold a secret; "" for any other."""
    if not seems_secret(address):
        return ""
    return _(
        "This address seems to hold a secret: whoever may change the source can read it. Write {token} in its place, "
        "and give the secret itself as the secret for fetching; then it is encrypted and never shown again."
    )


def problem(address: str) -> str:
    """Why `{token}` cannot stand where it does; "" if it can."""
    if not takes_secret(address):
        return ""
    if "://" not in address:
        return _("Only an address can hold {token}, not a path in the drop folder.")
    if PLACEHOLDER in urlsplit(address).netloc:
        return _("{token} may stand in the path or the query of an address, not in its host.")
    return ""
