"""Settings and permissions as plain facts, the same for the API and for `--json`."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_jsonable_python

from portal.host.configuring.holders import Granted
from portal.host.settings import Held


def facts_of_setting(held: Held) -> dict[str, Any]:
    """Values as JSON has them; departments by their address."""
    return {"name": held.name, "title": held.title, "help": held.help} | _facts(
        held, to_jsonable_python(held.value), to_jsonable_python(held.above)
    )


def facts_of_grant(granted: Granted) -> dict[str, Any]:
    """`value` lists the holders."""
    return {"name": granted.name, "title": granted.title} | _facts(granted, list(granted.value), list(granted.above))


def _facts(found: Held | Granted, value: Any, above: Any) -> dict[str, Any]:
    return {
        "value": value,
        "source": found.source,
        "set_at": found.set_at.url_path if found.set_at else None,
        "inherited": above,
        "inherited_from": found.above_at.url_path if found.above_at else None,
    }
