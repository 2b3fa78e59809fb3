"""What the history tells of a source's change: before and after, by field; of secrets only that they changed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from portal.ingestion.models import Source
from portal.ingestion.transports.address import shown

_PLAIN = ("name", "schedule", "allowed_hosts", "stale_after", "hold_share", "audience_roles")
_BY_KEY = ("settings", "transport")  # told key by key
LONGEST = 500  # characters of one value


def facts_of(source: Source) -> dict[str, Any]:
    """All that may be told of how a source is set up. One query for whom it tells, if the source is saved."""
    facts = {name: getattr(source, name) for name in _PLAIN}
    for name in _BY_KEY:
        facts |= {f"{name}.{key}": value for key, value in getattr(source, name).items()}
    facts["pull_from"] = shown(source.pull_from)
    facts["department"] = source.department.url_path
    facts["audience"] = source.audience_key
    facts["told"] = sorted(source.told.values_list("username", flat=True)) if source.pk else []
    return facts


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """By field [before, after], None where there was nothing."""
    names = sorted(before.keys() | after.keys())
    pairs = {name: [_short(before.get(name)), _short(after.get(name))] for name in names}
    return {name: pair for name, pair in pairs.items() if before.get(name) != after.get(name)}


def of_secret(before: str, after: str) -> str:
    """What became of a sealed secret, without telling either."""
    if before == after:
        return ""
    return _("set") if after else _("removed")


def _short(value: Any) -> Any:
    text = str(value)
    return value if len(text) <= LONGEST else f"{text[:LONGEST]}…"
