"""Hooks of search into Wagtail's admin."""

from __future__ import annotations

from search.seeking import hooks as seeking  # noqa: F401  importing it registers them
