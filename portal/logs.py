"""Lines of the log, in which no secret address can be read."""

from __future__ import annotations

import logging
import re

# What secrets in addresses begin with (portal.social.secret_addresses), so that they are known wherever they stand.
MARK = "fmk_"
SECRET = re.compile(rf"{MARK}[A-Za-z0-9_-]+")


def without_secrets(text: str) -> str:
    """The text with the mark alone in the place of each secret."""
    return SECRET.sub(f"{MARK}...", text)


class LineFormatter(logging.Formatter):
    """Hides secret addresses in the whole line: message, arguments and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))
