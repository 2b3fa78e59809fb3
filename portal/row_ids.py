"""Rows named by their number in what a browser or a program sends."""

from __future__ import annotations

_DIGITS = 18  # more than that no database takes for a number of 64 bits


def row_id(text: str) -> int | None:
    """The number that the text is, as a database can look for it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
