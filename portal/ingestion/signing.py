"""How a push says who sent it: an HMAC-SHA256 by a secret of the source, and a moment that is signed along."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WINDOW = 300  # seconds a signature is good for, before and after


@dataclass(frozen=True)
class Signed:
    """What a request claims. `moment` gives Unix seconds, from among what is signed; None if there are none. It is
    asked for only after the signature proved right, so that nobody makes us read what they cannot sign.

    `window`: how many seconds it may be old. What is older than a few minutes is safe to take only because the same
    body of the same moment is the delivery there is already, whenever it comes again.
    """

    signature: str
    content: bytes
    moment: Callable[[], float | None]
    window: int = WINDOW


def by_our_headers(headers: Mapping[str, str], body: bytes) -> Signed:
    """X-Folkmoot-Timestamp and X-Folkmoot-Signature, the latter over "<timestamp>.<body>"."""
    timestamp = headers.get("X-Folkmoot-Timestamp", "")
    moment = int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 else None
    return Signed(headers.get("X-Folkmoot-Signature", ""), timestamp.encode() + b"." + body, lambda: moment)


def digest_with(secret: str, content: bytes) -> str:
    """What the signature has to be."""
    return f"sha256={hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()}"
