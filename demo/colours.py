"""Colours for the demo pictures: oklch, as in the design system, turned into RGB for Pillow."""

from __future__ import annotations

import math

Colour = tuple[int, int, int]

VERMILION, GOLD, TEAL = 35, 85, 205
SECOND_HUES = (VERMILION, GOLD, TEAL)
NEARLY_THE_SAME = 45


def _channel(linear: float) -> int:
    value = min(1.0, max(0.0, linear))
    curved = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(curved * 255)


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """An oklch colour (lightness 0 to 1, hue in degrees) as 8-bit RGB, clipped to what a screen shows."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _channel(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _channel(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _channel(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def distance(one: float, other: float) -> float:
    """How far two hues are apart, 0 to 180 degrees."""
    return abs((one - other + 180) % 360 - 180)


def second_hue(hue: int) -> int:
    """The hue that stands out against the first one: vermilion where it can, as on the start page."""
    return next(other for other in SECOND_HUES if distance(hue, other) >= NEARLY_THE_SAME)


class Palette:
    """Two hues: the department's in many steps, and one warm or cool accent."""

    def __init__(self, hue: int, dark: bool = False) -> None:
        self.hue = hue
        self.second = second_hue(hue)
        self.dark = dark

    def sky(self) -> Colour:
        """The flat background."""
        if self.dark:
            return oklch(0.3, 0.035, self.hue)
        return oklch(0.91, 0.03, 45 if self.second == GOLD else 85)

    def accent(self) -> Colour:
        """The one thing that speaks: a sun, a door, a lit window."""
        if self.dark:
            return oklch(0.78, 0.13, 80)
        lightness, chroma = {VERMILION: (0.68, 0.15), GOLD: (0.79, 0.14), TEAL: (0.6, 0.085)}[self.second]
        return oklch(lightness, chroma, self.second)

    def glow(self) -> Colour:
        """A paler neighbour of the accent."""
        return oklch(0.42, 0.06, self.hue) if self.dark else oklch(0.87, 0.05, self.second)

    def step(self, share: float) -> Colour:
        """From far (0, pale) to near (1, deep)."""
        far, near = (0.46, 0.19) if self.dark else (0.76, 0.27)
        chroma = 0.045 + 0.03 * math.sin(share * math.pi)
        return oklch(far + (near - far) * share, chroma, self.hue)
