"""Runs one contribution of a plugin so that its failure costs its own place, not the page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final, ParamSpec, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from portal.host import breaker
from portal.host.budget import sql_budget

logger = logging.getLogger("portal.host")

P = ParamSpec("P")
T = TypeVar("T")


class Failed:
    """What `guarded` can be told to give instead of a result, where a failure must differ from an empty result."""


FAILED: Final = Failed()


def guarded(slug: str, place: str, default: T, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result, or `default` if it raises or its breaker is open.

    A database error leaves the surrounding transaction usable: inside one, the call runs in a savepoint. Its SQL is
    cancelled after FOLKMOOT_CONTRIBUTION_SECONDS. Python code cannot be interrupted safely: what takes longer without
    SQL is shown, and counts as a failure, so that the breaker spares the next readers. A call that works costs no
    statement of ours. Raises OperationalError only if the database itself is gone.
    """
    if not breaker.lets_through(slug, place):
        return default
    began = time.monotonic()
    try:
        result = _run(function, *args, **kwargs)
    except Exception as error:
        if _database_is_gone(error):
            raise
        logger.exception("plugin %r failed in %s", slug, place)
        breaker.failed(slug, place, f"{type(error).__name__}: {error}")
        return default
    took = time.monotonic() - began
    if took > settings.FOLKMOOT_CONTRIBUTION_SECONDS:
        logger.error("plugin %r took %.1f s in %s", slug, took, place)
        breaker.failed(slug, place, _("It took %(seconds).1f seconds.") % {"seconds": took})
    else:
        breaker.worked(slug, place)
    return result


def typed(expected: type[T], function: Callable[..., Any], *args: Any) -> T:
    """What the function returns, if it is of the expected type; raises TypeError for rubbish."""
    return checked(expected, function(*args))


def checked(expected: type[T], value: object) -> T:
    """The value itself, if it is of the expected type; raises TypeError for rubbish."""
    if not isinstance(value, expected):
        raise TypeError(f"it returned {type(value).__name__} instead of {expected.__name__}")
    return value


def _run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with ExitStack() as stack:
        stack.enter_context(sql_budget(settings.FOLKMOOT_CONTRIBUTION_SECONDS))
        if transaction.get_connection().in_atomic_block:
            stack.enter_context(transaction.atomic())
        return function(*args, **kwargs)


def _database_is_gone(error: Exception) -> bool:
    """A database that went away is not the plugin's failure; the page says so as a whole."""
    return isinstance(error, OperationalError | InterfaceError) and not connection.is_usable()
