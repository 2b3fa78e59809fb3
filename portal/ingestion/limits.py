"""How often other systems may knock: per source what is signed, per source and address what is not."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


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
