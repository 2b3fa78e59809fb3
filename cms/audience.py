"""The audience of a page, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.audience.expressions import EVERYONE, Expression


def stored_everyone() -> dict[str, Any]:
    return to_stored(EVERYONE)


def to_stored(expression: Expression) -> dict[str, Any]:
    """The expression as JSON for the page's column."""
    return {"all": [list(clause) for clause in expression.all], "none": list(expression.none)}


def from_stored(data: Mapping[str, Any]) -> Expression:
    return Expression(all=tuple(tuple(clause) for clause in data.get("all", ())), none=tuple(data.get("none", ())))
