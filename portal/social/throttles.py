"""Limits for what people and programs do through the API and other doors."""

from __future__ import annotations

import logging
import math
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

logger = logging.getLogger(__name__)


class WriteThrottle(UserRateThrottle):
    """The rate "write" a person, for what changes something; reading is not counted."""

    scope = "write"

    def allow_request(self, request: Request, view: Any) -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)


def seconds_to_wait(rate: SimpleRateThrottle, request: HttpRequest) -> int:
    """Counts the request; 0 if it may go on, else the seconds until one may. Without a cache nothing is limited."""
    try:
        allowed = rate.allow_request(cast(Request, request), cast(Any, None))
    except Exception:  # whatever a cache that is away raises; who comes is let in all the same
        logger.exception("the rate %r cannot be counted", rate.scope)
        return 0
    return 0 if allowed else max(1, math.ceil(rate.wait() or 1))
