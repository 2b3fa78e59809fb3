"""What reading one file may cost at most, and why a file gave no text."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes are bytes, times seconds; `characters` and `pages` are of the text that is kept."""

    cpu_seconds: int = 20
    wall_seconds: float = 40.0
    memory: int = 768 * MEGABYTE  # of address space, the interpreter's own 150 MB included
    file: int = 50 * MEGABYTE
    output: int = 4 * MEGABYTE
    open_files: int = 32
    archive_entries: int = 5_000
    archive: int = 250 * MEGABYTE  # of all entries together, unpacked
    nesting: int = 200  # of XML elements
    characters: int = 300_000
    pages: int = 2_000


# Why there is no text. What people read of it is in portal.extraction.reasons.
UNSUPPORTED, ENCRYPTED, BROKEN = "unsupported", "encrypted", "broken"
TOO_LARGE, ARCHIVE, ENTITIES = "too_large", "archive", "entities"
TIME, MEMORY, CRASHED = "time", "memory", "crashed"
REASONS = (UNSUPPORTED, ENCRYPTED, BROKEN, TOO_LARGE, ARCHIVE, ENTITIES, TIME, MEMORY, CRASHED)


class Unreadable(Exception):
    """The file gives no text: `reason` is one of REASONS, `detail` is for those who operate the site."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail
