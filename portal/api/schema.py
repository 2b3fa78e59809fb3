"""Hooks of the schema generator."""

from __future__ import annotations

from typing import Any

Endpoint = tuple[str, str, str, Any]


def only_version_1(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Folkmoot's own API; Wagtail's read API and its admin's are not part of this document."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]
