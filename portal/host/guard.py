"""Runs one contribution of a plugin so that its failure costs its own place, not the page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import transaction

logger = logging.getLogger("portal.host")

P = ParamSpec("P")
T = TypeVar("T")


def guarded(slug: str, place: str, default: T, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result, or `default` with a line in the log if it raises.

    A database error leaves the surrounding transaction usable: inside one, the call runs in a savepoint.
    """
    try:
        if transaction.get_connection().in_atomic_block:
            with transaction.atomic():
                return function(*args, **kwargs)
        return function(*args, **kwargs)
    except Exception:
        logger.exception("plugin %r failed in %s", slug, place)
        return default
