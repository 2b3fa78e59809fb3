"""A canvas for the demo pictures: shapes in proportions of its height, and chance that repeats itself."""

from __future__ import annotations

from PIL import Image, ImageDraw

from demo.colours import Colour, Palette
from demo.sources import number

# Everything is drawn this much larger and then reduced, which makes edges smooth.
SCALE = 2


class Sheet:
    """A canvas whose coordinates run from 0 to `wide` and 0 to 1, with repeatable chance."""

    def __init__(self, seed: str, palette: Palette, size: tuple[int, int]) -> None:
        self.seed = seed
        self.palette = palette
        self.unit = size[1] * SCALE
        self.wide = size[0] / size[1]
        self.image = Image.new("RGB", (size[0] * SCALE, size[1] * SCALE), palette.sky())
        self.draw = ImageDraw.Draw(self.image)
        self.calls = 0

    def chance(self, low: float, high: float) -> float:
        """The next number between low and high."""
        self.calls += 1
        return low + (high - low) * (number(self.seed, self.calls) % 10_000) / 10_000

    def whole(self, low: int, high: int) -> int:
        """The next whole number from low to high, both included."""
        return low + int(self.chance(0, high - low + 0.999))

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """A filled shape."""
        self.draw.polygon([(x * self.unit, y * self.unit) for x, y in points], fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, radius: float = 0) -> None:
        """A filled rectangle, with round corners if a radius is given."""
        corners = (left * self.unit, top * self.unit, right * self.unit, bottom * self.unit)
        self.draw.rounded_rectangle(corners, radius * self.unit, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour, flat: float = 1) -> None:
        """A filled circle, or an ellipse whose height is `flat` times its width."""
        across, up = radius * self.unit, radius * self.unit * flat
        x, y = x * self.unit, y * self.unit
        self.draw.ellipse((x - across, y - up, x + across, y + up), fill=colour)

    def arch(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A doorway with a round top."""
        radius = (right - left) / 2
        self.disc(left + radius, top + radius, radius, colour)
        self.box(left, top + radius, right, bottom, colour)
