"""The motifs of the demo pictures: each draws one sheet, and chance makes every sheet its own."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from demo.sheet import Sheet


def waves(sheet: Sheet) -> None:
    """A low sun behind layers of water."""
    low_sun = sheet.chance(0.6, 0.76) if sheet.chance(0, 1) > 0.35 else sheet.chance(0.26, 0.4)
    sheet.disc(sheet.wide * low_sun, 0.43, 0.22, sheet.palette.accent())
    layers = 6
    for layer in range(layers):
        base, lift = 0.43 + layer * 0.1, sheet.chance(0.025, 0.05)
        length, shift = sheet.chance(0.9, 1.7), sheet.chance(0, 7)
        points = [(sheet.wide, 1.0), (0.0, 1.0)]
        for index in range(65):
            x = sheet.wide * index / 64
            y = base + lift * math.sin(x / length * 6 + shift) + 0.02 * math.sin(x * 2.3 / length + shift * 2)
            points.append((x, y))
        sheet.polygon(points, sheet.palette.step(layer / (layers - 1)))


def hills(sheet: Sheet) -> None:
    """Round hills, one behind the other, with a few trees and a moon or sun."""
    sheet.disc(sheet.wide * sheet.chance(0.18, 0.82), sheet.chance(0.2, 0.34), 0.12, sheet.palette.accent())
    for layer in range(4):
        share = layer / 3
        x, radius = sheet.wide * sheet.chance(0.1, 0.9), sheet.chance(0.95, 1.25)
        top = 0.42 + 0.15 * layer
        sheet.disc(x, top + radius * 0.42, radius * 1.25, sheet.palette.step(share * 0.8), 0.42 / 1.25)
        sheet.box(0, min(1, top + radius * 0.42), sheet.wide, 1, sheet.palette.step(share * 0.8))
        for tree in range(sheet.whole(2, 5)):
            aside = (tree - 2) * sheet.chance(0.1, 0.2)
            slope = 1 - math.sqrt(1 - (aside / radius / 1.25) ** 2)
            across, foot, height = x + aside, top + radius * 0.42 * slope + 0.04, sheet.chance(0.09, 0.16)
            sheet.box(
                across,
                foot - height,
                across + 0.05,
                foot,
                sheet.palette.step(min(1, share * 0.8 + 0.35)),
                0.025,
            )


def doors(sheet: Sheet) -> None:
    """Doorways within doorways, and light behind the last one."""
    steps, round_tops = 7, sheet.chance(0, 1) > 0.45
    middle = sheet.wide * sheet.chance(0.4, 0.6)
    end = sheet.wide * sheet.chance(0.42, 0.62)
    for step in range(steps):
        share = step / (steps - 1)
        centre = middle + (end - middle) * share
        half = (0.86 - 0.74 * share) * sheet.wide / 2
        top, colour = 0.05 + 0.47 * share, sheet.palette.step(share)
        if round_tops:
            sheet.arch(centre - half * 0.62, top, centre + half * 0.62, 1, colour)
        else:
            sheet.box(centre - half, top, centre + half, 1, colour)
    width = 0.055
    shape = sheet.arch if round_tops else sheet.box
    shape(end - width, 0.66, end + width, 1, sheet.palette.accent())
    sheet.polygon([(end - width, 0.999), (end + width, 0.999), (end + 0.2, 1), (end - 0.2, 1)], sheet.palette.accent())


def circles(sheet: Sheet) -> None:
    """A ring of quiet things, and one that speaks; or quarters of circles in a grid."""
    if sheet.chance(0, 1) > 0.45:
        return _quarters(sheet)
    x, y = sheet.wide * sheet.chance(0.36, 0.64), sheet.chance(0.46, 0.56)
    rings = sheet.whole(4, 5)
    for ring in range(rings):
        sheet.disc(x, y, 0.92 - ring * 0.17, sheet.palette.step(ring / rings * 0.72))
    count, spoken, radius = sheet.whole(9, 13), sheet.whole(0, 8), 0.345
    for index in range(count):
        angle = math.tau * index / count + 0.3
        colour = sheet.palette.accent() if index == spoken else sheet.palette.glow()
        size = 0.062 if index == spoken else 0.04
        sheet.disc(x + radius * math.cos(angle), y + radius * math.sin(angle), size, colour)
    sheet.disc(x, y, 0.13, sheet.palette.step(0.95))


def _quarters(sheet: Sheet) -> None:
    rows = 3
    side, columns = 1 / rows, math.ceil(sheet.wide * rows)
    spoken = sheet.whole(columns, columns * 2 - 2)
    for index in range(rows * columns):
        left, top = index % columns * side, index // columns * side
        ground = sheet.palette.step(sheet.chance(0, 0.4))
        shape = sheet.palette.step(sheet.chance(0.5, 1)) if sheet.chance(0, 1) > 0.25 else sheet.palette.glow()
        sheet.box(left, top, left + side, top + side, ground)
        if index == spoken:
            sheet.disc(left + side / 2, top + side / 2, side * 0.38, sheet.palette.accent())
            continue
        turn, radius = sheet.whole(0, 3) * 90, side
        x, y = left + (side if turn in (90, 180) else 0), top + (side if turn in (180, 270) else 0)
        corners = (
            (x - radius) * sheet.unit,
            (y - radius) * sheet.unit,
            (x + radius) * sheet.unit,
            (y + radius) * sheet.unit,
        )
        sheet.draw.pieslice(corners, turn, turn + 90, fill=shape)


def facade(sheet: Sheet) -> None:
    """Houses in a row, some windows lit."""
    sheet.disc(sheet.wide * sheet.chance(0.2, 0.8), 0.3, 0.15, sheet.palette.accent())
    left, index = -0.05, 0
    while left < sheet.wide:
        width, top = sheet.chance(0.24, 0.42), sheet.chance(0.2, 0.56)
        shade = (0.15, 0.5, 0.75, 0.35)[index % 4]
        sheet.box(left, top, left + width, 1, sheet.palette.step(shade))
        columns = max(2, round(width / 0.095))
        gap = width / columns
        for row in range(int((0.9 - top) / 0.115)):
            for column in range(columns):
                x, y = left + gap * (column + 0.27), top + 0.055 + row * 0.115
                lit = sheet.chance(0, 1)
                colour = sheet.palette.accent() if lit > 0.93 else sheet.palette.step(min(1, shade + 0.22))
                colour = sheet.palette.glow() if 0.72 < lit <= 0.93 else colour
                sheet.box(x, y, x + gap * 0.46, y + 0.062, colour)
        left, index = left + width, index + 1
    sheet.box(0, 0.93, sheet.wide, 1, sheet.palette.step(1))


def corridor(sheet: Sheet) -> None:
    """A long corridor in perspective, a door at its end."""
    x, y = sheet.wide * sheet.chance(0.4, 0.6), 0.47
    corners = [(0.0, 0.0), (sheet.wide, 0.0), (sheet.wide, 1.0), (0.0, 1.0)]
    far = [(x + (cx - x) * 0.17, y + (cy - y) * 0.17) for cx, cy in corners]
    for side, shade in enumerate((0.1, 0.55, 0.85, 0.4)):
        after = (side + 1) % 4
        sheet.polygon([corners[side], corners[after], far[after], far[side]], sheet.palette.step(shade))
    for depth in (0.86, 0.58, 0.39, 0.27):
        near, back = depth, depth * 0.8
        for side, shade in ((1, 0.72), (3, 0.22)):
            edge = sheet.wide if side == 1 else 0.0
            points = [(edge, near, 0.3), (edge, back, 0.3), (edge, back, 1.0), (edge, near, 1.0)]
            sheet.polygon([(x + (ex - x) * d, y + (ey - y) * d) for ex, d, ey in points], sheet.palette.step(shade))
        light = [(0.44, near), (0.56, near), (0.56, back), (0.44, back)]
        sheet.polygon([(x + (sheet.wide * s - x) * d, y - y * d) for s, d in light], sheet.palette.glow())
    sheet.polygon(far, sheet.palette.step(0.3))
    sheet.box(x - 0.035, y - 0.03, x + 0.035, far[2][1], sheet.palette.accent())
    floor = [(x - 0.035, far[2][1]), (x + 0.035, far[2][1]), (x + 0.2, 1), (x - 0.2, 1)]
    sheet.polygon(floor, sheet.palette.step(0.68))


def windows(sheet: Sheet) -> None:
    """A landscape through tall windows."""
    waves(sheet)
    frame, count = sheet.palette.step(1), sheet.whole(3, 5)
    gap = sheet.wide / count
    inner = sheet.image.copy()
    sheet.draw.rectangle((0, 0, *sheet.image.size), fill=frame)
    mask = Image.new("L", sheet.image.size, 0)
    pane = ImageDraw.Draw(mask)
    for index in range(count):
        left, right = (gap * (index + 0.09)) * sheet.unit, (gap * (index + 0.91)) * sheet.unit
        top, bottom = 0.08 * sheet.unit, 0.9 * sheet.unit
        pane.rounded_rectangle((left, top, right, bottom), (right - left) / 2, fill=255)
        pane.rectangle((left, (top + bottom) / 2, right, bottom), fill=255)
    sheet.image.paste(inner, mask=mask)
    for index in range(count):
        middle = gap * (index + 0.5)
        sheet.box(middle - 0.008, 0.08, middle + 0.008, 0.9, frame)
        sheet.box(gap * index, 0.55, gap * (index + 1), 0.566, frame)
    sheet.box(0, 0.9, sheet.wide, 0.93, sheet.palette.step(0.4))


def figures(sheet: Sheet) -> None:
    """People in a ring on a hill, one of them speaking."""
    sheet.disc(sheet.wide / 2, 1.0, 1.35, sheet.palette.step(0.1), 0.44)
    sheet.disc(sheet.wide / 2, 1.06, 1.1, sheet.palette.step(0.35), 0.4)
    count = sheet.whole(12, 15)
    order = sorted(range(count), key=lambda index: math.sin(math.tau * index / count + 0.2))
    for index in order:
        angle = math.tau * index / count + 0.2
        depth = (math.sin(angle) + 1) / 2
        x, y = sheet.wide / 2 + 0.66 * math.cos(angle), 0.63 + 0.17 * math.sin(angle)
        size = 0.6 + 0.4 * depth
        sheet.box(
            x - 0.026 * size,
            y - 0.17 * size,
            x + 0.026 * size,
            y,
            sheet.palette.step(0.8 + depth * 0.2),
            0.026,
        )
    x = sheet.wide / 2 + sheet.chance(-0.08, 0.08)
    sheet.box(x - 0.024, 0.53, x + 0.024, 0.67, sheet.palette.accent(), 0.024)


def paths(sheet: Sheet) -> None:
    """Roads that run side by side over the sheet, one of them marked."""
    count, marked = 7, sheet.whole(2, 4)
    lift, turn, shift = sheet.chance(0.16, 0.26), sheet.chance(1.6, 2.6), sheet.chance(0, 6)
    thick = 0.115
    for index in range(count + 2):
        base = -0.02 + index * thick * 1.24
        points = []
        for step in range(61):
            x = -0.05 + (sheet.wide + 0.1) * step / 60
            points.append((x, base + lift * math.sin(x * turn + shift) * (1 - index * 0.06)))
        share = index / (count + 1)
        colour = sheet.palette.accent() if index == marked else sheet.palette.step(share)
        edge = [(x, y + thick) for x, y in reversed(points)]
        sheet.polygon(points + edge, colour)
        if index == marked:
            for step in (14, 27, 46):
                x, y = points[step]
                sheet.disc(x, y + thick / 2, 0.03, sheet.palette.sky())


MOTIFS: dict[str, Callable[[Sheet], None]] = {
    "waves": waves,
    "hills": hills,
    "doors": doors,
    "circles": circles,
    "facade": facade,
    "corridor": corridor,
    "windows": windows,
    "figures": figures,
    "paths": paths,
}
