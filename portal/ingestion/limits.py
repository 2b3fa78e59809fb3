"""How often other systems may knock: per source what is signed, per source and address what is not."""

from __future__ import annotations

import logging
import math
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

logger = logging.getLogger(__name__)


class _Rate(SimpleRateThrottle):
    """A rate of REST_FRAMEWORK's DEFAULT_THROTTLE_RATES for a source, kept in the cache."""

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug[:80]  # no source has a longer one

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"ingestion.{self.scope}.{self._slug}.{self._who(request)}"

    def _who(self, request: Request) -> str:
        return ""


class SignedRate(_Rate):
    """Deliveries with a valid signature; whoever cannot sign cannot use it up."""

    scope = "ingest"


class UnsignedRate(_Rate):
    """Requests without one, from one address: others that deliver to the source are not kept out by them."""

    scope = "ingest_unsigned"

    def _who(self, request: Request) -> str:
        return self.get_ident(request)


def seconds_to_wait(rate: _Rate, request: HttpRequest) -> int:
    """Counts the request; 0 if it may go on, else the seconds until one may. Without a cache nothing is limited."""
    try:
        allowed = rate.allow_request(cast(Request, request), cast(Any, None))
    except Exception:  # whatever a cache that is away raises; deliveries are kept all the same
        logger.exception("the rate of deliveries cannot be counted")
        return 0
    return 0 if allowed else max(1, math.ceil(rate.wait() or 1))
