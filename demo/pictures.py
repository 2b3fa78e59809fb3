"""Flat abstract illustrations in two hues, and abstract portraits: always the same for a seed.

A seed that begins with the name of a motif ("waves-winter-sea") gets that motif, any other gets any of them.
A seed with one of DARK_WORDS in it is dark.
"""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from demo.colours import Colour, Palette, oklch
from demo.motifs import MOTIFS
from demo.sheet import SCALE, Sheet
from demo.sources import pick

# Lightness, chroma and hue.
HAIR = (
    (0.28, 0.03, 60),
    (0.42, 0.07, 55),
    (0.74, 0.09, 82),
    (0.76, 0.01, 90),
    (0.52, 0.12, 42),
    (0.35, 0.05, 50),
)
DARK_WORDS = ("night", "rest", "key", "evening")


def illustration(seed: str, hue: int, size: tuple[int, int] = (1280, 672)) -> Image.Image:
    """A picture for a page; the same seed, hue and size give the same pixels."""
    motif = seed.partition("-")[0]
    draw = MOTIFS.get(motif) or pick(tuple(MOTIFS.values()), "motif", seed)
    palette = Palette(hue, dark=any(word in seed.split("-") for word in DARK_WORDS))
    sheet = Sheet(seed, palette, size)
    draw(sheet)
    return sheet.image.reduce(SCALE)


def portrait(seed: str, hue: int, size: int = 320) -> Image.Image:
    """An abstract head and shoulders for a profile."""
    sheet = Sheet(f"portrait/{seed}", Palette(hue), (size, size))
    sheet.box(0, 0, 1, 1, oklch(sheet.chance(0.84, 0.9), 0.045, hue))
    hair = oklch(*pick(HAIR, "hair", seed))
    skin = oklch(sheet.chance(0.64, 0.88), 0.068, sheet.chance(50, 66))
    style = pick(("short", "short", "side", "bob", "curly", "bald"), "style", seed)
    if style == "bob":
        sheet.box(0.29, 0.2, 0.71, 0.62, hair, 0.2)
    if style == "curly":
        for index in range(11):
            angle = math.pi * (1 + index / 10)
            sheet.disc(0.5 + 0.185 * math.cos(angle), 0.42 + 0.2 * math.sin(angle), 0.075, hair)
    sheet.disc(0.5, 1.16, 0.44, oklch(sheet.chance(0.36, 0.52), 0.075, hue))
    sheet.box(0.425, 0.55, 0.575, 0.8, skin, 0.075)
    sheet.disc(0.5, 0.43, 0.185, skin, 1.16)
    if style != "bald":
        _hairline(sheet, hair, parted=style == "side")
    return sheet.image.reduce(SCALE)


def _hairline(sheet: Sheet, hair: Colour, parted: bool) -> None:
    """Hair on the upper part of the head, with a round or a parted line over the forehead."""
    mask = Image.new("L", sheet.image.size, 0)
    head, unit = ImageDraw.Draw(mask), sheet.unit
    head.ellipse((0.3 * unit, 0.19 * unit, 0.7 * unit, 0.67 * unit), fill=255)
    aside = sheet.chance(0.08, 0.14) * (1 if sheet.chance(0, 1) > 0.5 else -1) if parted else 0
    forehead = sheet.chance(0.3, 0.36)
    head.ellipse(((0.28 + aside) * unit, forehead * unit, (0.72 + aside) * unit, (forehead + 0.6) * unit), fill=0)
    head.rectangle((0, 0.46 * unit, unit, unit), fill=0)
    sheet.image.paste(hair, mask=mask)
