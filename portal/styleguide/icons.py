"""The names in the icon sprite, read from the sprite itself so that the guide cannot lag behind it."""

import re
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).parents[1] / "static" / "portal" / "icons.svg"
SYMBOL = re.compile(r'<symbol id="i-([\w-]+)"')


@cache
def icon_names() -> tuple[str, ...]:
    """Every icon there is, in alphabetical order."""
    return tuple(sorted(SYMBOL.findall(SPRITE.read_text(encoding="utf-8"))))
