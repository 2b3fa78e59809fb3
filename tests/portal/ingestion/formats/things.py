"""A kind of item with a field of every type, in every format, and files of it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import Workbook

from portal.ingestion.adapter import Item, Rejection
from portal.ingestion.formats.mapping import Maker, MappedAdapter, in_every_format
from portal.ingestion.models import Source


@dataclass
class ThingRow:
    id: str
    text: str = ""
    number: Decimal | None = None
    day: date | None = None
    moment: datetime | None = None
    due: date | datetime | None = None
    clock: time | None = None
    start: datetime | time | None = None


class Thing(Item):
    row: ThingRow


class Things(Maker[ThingRow]):
    def item(self, external_id: str, row: ThingRow) -> Item:
        return Thing(external_id=external_id, row=row)


class ThingAdapter(MappedAdapter):
    kind = "things"
    kind_title = "Things"
    row = ThingRow
    identity = ("id",)
    maker = Things


CSV, XLSX, JSON = (made() for made in in_every_format(ThingAdapter))
BY_FORMAT = {"csv": CSV, "xlsx": XLSX, "json": JSON}


def read(format: str, payload: bytes, **settings: Any) -> list[Any]:
    """Rows of what was read, and rejections as (position, reason)."""
    return [
        (part.position, part.reason) if isinstance(part, Rejection) else part.row  # type: ignore[attr-defined]
        for part in parts(format, payload, **settings)
    ]


def parts(format: str, payload: bytes, **settings: Any) -> list[Item | Rejection]:
    return list(BY_FORMAT[format].read(io.BytesIO(payload), Source(settings=settings)))


def sheet(*rows: Sequence[Any], title: str = "Sheet") -> bytes:
    """A workbook with one sheet of these rows."""
    book, file = Workbook(), io.BytesIO()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    book.save(file)
    return file.getvalue()


def written(format: str, header: Sequence[str], *rows: Sequence[Any]) -> bytes:
    """The same table in any format, all cells as texts."""
    if format == "xlsx":
        return sheet(header, *rows)
    if format == "csv":
        return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in (header, *rows)).encode()
    return json.dumps({"items": [dict(zip(header, row, strict=False)) for row in rows]}).encode()
