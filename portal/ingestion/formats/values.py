"""What a cell means: texts, numbers, days and times as a source writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from pydantic import AfterValidator

from portal.ingestion.formats.locales import Writing

if TYPE_CHECKING:
    from portal.ingestion.formats.settings import ValueSettings

# What lies outside is a slip of the source, and not every clock can tell it.
EARLIEST, LATEST = 1970, 2999
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?", re.ASCII)
# A day, what stands between, and a clock.
DAY_AND_CLOCK = re.compile(r"(.+?)[T,\s]\s*(\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)", re.ASCII)
ISO = "%Y-%m-%d"
Convert = Callable[[str, Any], Any]


class RowError(ValueError):
    """What is wrong with a row, in words that say what to mend.

    `awaits_person`, `awaits_department`: who has to be known here first, see `Rejection`.
    """

    def __init__(self, reason: str, *, awaits_person: str = "", awaits_department: str = "") -> None:
        super().__init__(reason)
        self.awaits = {"awaits_person": awaits_person, "awaits_department": awaits_department}


def is_zone(name: str) -> bool:
    """Whether the IANA database has a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _known_zone(name: str) -> str:
    if name and not is_zone(name):
        raise ValueError(_("there is no time zone of this name; write it as Europe/Tallinn"))
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]  # of the IANA database, or ""


class Values:
    """Reads cells as one source writes them. Each method takes the field's name and a cell that is not empty.

    Cells are texts (CSV) or what the file says they are (XLSX, JSON). All raise RowError.
    """

    def __init__(self, how: ValueSettings) -> None:
        self._how, self._zone = how, how.zone
        self._writing = Writing(how.locale) if how.locale else None
        # A file names few different days, and strptime is slow.
        self._day_of = lru_cache(maxsize=4096)(self._find_day)

    def converter(self, kind: Any) -> Convert:
        """The method for a field of this type: str, Decimal, date, datetime, time, `date | datetime` or
        `datetime | time`. Raises TypeError for others."""
        methods: dict[frozenset[Any], Convert] = {
            frozenset({str}): self.text,
            frozenset({Decimal}): self.number,
            frozenset({date}): self.day,
            frozenset({datetime}): self.moment,
            frozenset({time}): self.clock,
            frozenset({date, datetime}): self.day_or_moment,
            frozenset({datetime, time}): self.moment_or_clock,
        }
        kinds = frozenset(get_args(kind) or (kind,)) - {type(None)}
        if kinds not in methods:
            raise TypeError(f"no cell can be read as {kind}; use str, Decimal, date, datetime or time")
        return methods[kinds]

    def text(self, name: str, cell: Any) -> str:
        """Text as it is, never worked out: what begins like a formula stays that text."""
        if isinstance(cell, str):
            found = cell.strip()
        elif isinstance(cell, date | time):
            found = cell.isoformat()
        elif isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
            found = f"{_decimal(cell):f}"
        else:
            raise RowError(_("%(name)s is not a text") % {"name": name})
        if "\x00" in found:
            raise RowError(_("%(name)s holds a NUL character") % {"name": name})
        # Half a character of JSON's \ud83d kind, which no database takes.
        return found if found.isascii() else found.encode("utf-8", "replace").decode()

    def number(self, name: str, cell: Any) -> Decimal:
        """Exactly as written; groups of digits must be groups, so that 1,5 is never taken for 15."""
        if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) and math.isfinite(cell):
            return _decimal(cell)
        text = cell.strip() if isinstance(cell, str) else ""
        plain = text if text.isascii() and text.isdigit() else self._without_groups(text)
        if not PLAIN_NUMBER.fullmatch(plain):
            raise RowError(_("%(name)s '%(text)s' is not a number") % {"name": name, "text": _shown(cell)})
        return Decimal(plain)

    def _without_groups(self, text: str) -> str:
        """With a point and without groups; "" for what mixes them up."""
        plain = text.replace("\u2212", "-")
        if self._grouped.fullmatch(plain):
            plain = re.sub(rf"[\s{re.escape(self._group)}]", "", plain)
        if self._point == ".":
            return plain
        return "" if "." in plain else plain.replace(self._point, ".")

    @cached_property
    def _point(self) -> str:
        if self._how.decimal_comma is None:
            return self._writing.decimal if self._writing else "."
        return "," if self._how.decimal_comma else "."

    @cached_property
    def _group(self) -> str:
        """What stands between groups, besides blanks; never the sign that begins the decimals."""
        if self._how.thousands:
            return self._how.thousands.replace(self._point, "")
        if self._writing and self._how.decimal_comma is None:
            return self._writing.group
        return "." if self._point == "," else ""

    @cached_property
    def _grouped(self) -> re.Pattern[str]:
        """Groups of three digits, with blanks or the usual sign between; of two as well, as in India."""
        between = rf"[\s{re.escape(self._group)}]"
        point = re.escape(self._point)
        return re.compile(rf"[+-]?[0-9]{{1,3}}(?:{between}[0-9]{{2,3}})*{between}[0-9]{{3}}(?:{point}[0-9]+)?")

    def spelled(self, cell: Any) -> str:
        """A cell of a spreadsheet as text: numbers as the source writes them, days and times by ISO 8601."""
        if cell is None:
            return ""
        if isinstance(cell, datetime) and cell.time() == time():
            return cell.date().isoformat()
        if isinstance(cell, date | time):
            return cell.isoformat()
        if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) and math.isfinite(cell):
            return f"{_decimal(cell):f}".replace(".", self._point)
        return str(cell)

    def day(self, name: str, cell: Any) -> date:
        """A day; of a moment, the day on the clocks of the source."""
        if isinstance(cell, date):
            return cell.date() if isinstance(cell, datetime) else cell
        text = cell.strip() if isinstance(cell, str) else ""
        found = self._day_of(text)
        if found is None and ":" in text and (moment := _iso_moment(text)) is not None:
            found = self._placed(moment).astimezone(self._zone).date()
        if found is None or not EARLIEST <= found.year <= LATEST:
            said = {"name": name, "text": _shown(cell), "format": self._format_told}
            raise RowError(_("%(name)s '%(text)s' is not written as %(format)s") % said)
        return found

    def moment(self, name: str, cell: Any) -> datetime:
        """A moment, in UTC: by ISO 8601, or a day as the source writes it with a clock such as 14:30."""
        found = cell if isinstance(cell, datetime) else self._find_moment(cell)
        if found is None or not EARLIEST <= found.year <= LATEST:
            said = {"name": name, "text": _shown(cell), "format": self._format_told}
            raise RowError(
                _("%(name)s '%(text)s' is neither a time of ISO 8601 nor written as %(format)s 14:30") % said
            )
        return self._placed(found).astimezone(UTC)

    def day_or_moment(self, name: str, cell: Any) -> date | datetime:
        """A day if no time is given; midnight in a spreadsheet is a day."""
        if isinstance(cell, date):
            is_day = not isinstance(cell, datetime) or cell.time() == time()
            return self.day(name, cell) if is_day else self.moment(name, cell)
        day = self._day_of(cell.strip()) if isinstance(cell, str) else None
        if day is not None and EARLIEST <= day.year <= LATEST:
            return day
        found = self._find_moment(cell)
        if found is None or not EARLIEST <= found.year <= LATEST:
            said = {"name": name, "text": _shown(cell)}
            raise RowError(_("%(name)s '%(text)s' is neither a day nor a time of ISO 8601") % said)
        return self._placed(found).astimezone(UTC)

    def clock(self, name: str, cell: Any) -> time:
        """Hours and minutes: 7:30, 07.30; 24:00 is midnight."""
        found = cell if isinstance(cell, time) else _clock(cell.strip()) if isinstance(cell, str) else None
        if found is None:
            said = {"name": name, "text": _shown(cell)}
            raise RowError(_("%(name)s '%(text)s' is not a time such as 14:30") % said)
        return found

    def moment_or_clock(self, name: str, cell: Any) -> datetime | time:
        """A clock alone if that is all there is."""
        if isinstance(cell, time) or (isinstance(cell, str) and CLOCK.fullmatch(cell.strip())):
            return self.clock(name, cell)
        return self.moment(name, cell)

    @cached_property
    def _date_formats(self) -> list[str]:
        given = [part.strip() for part in self._how.date_format.split("|") if part.strip()]
        return given or (self._writing.date_formats if self._writing else [ISO])

    @property
    def _format_told(self) -> str:
        return _(" or ").join(self._date_formats)

    def _find_day(self, text: str) -> date | None:
        for one in self._date_formats:
            told = self._writing.with_english_months(text, short="%b" in one) if self._writing else text
            try:
                return datetime.strptime(told, one).date()
            except ValueError:
                continue
        return None

    def _find_moment(self, cell: Any) -> datetime | None:
        """Naive if the text names no time zone."""
        text = cell.strip() if isinstance(cell, str) else ""
        if (found := _iso_moment(text)) is not None:
            return found
        parts = DAY_AND_CLOCK.fullmatch(text)
        day = self._day_of(parts[1].rstrip(" ,")) if parts else None
        clock = _clock(parts[2]) if parts else None
        return datetime.combine(day, clock) if day is not None and clock is not None else None

    def _placed(self, moment: datetime) -> datetime:
        """On the clocks of the source, if it says nothing else. An hour that is there twice is the first."""
        return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)


def _iso_moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except (ValueError, OverflowError):
        return None


def _clock(text: str) -> time | None:
    parts = CLOCK.fullmatch(text)
    if parts is None:
        return None
    hour, minute, second = (int(part or 0) for part in parts.groups())
    try:
        return time(0 if (hour, minute, second) == (24, 0, 0) else hour, minute, second)
    except ValueError:
        return None


def _decimal(cell: float | Decimal) -> Decimal:
    """A float as spreadsheets show it: 15 digits, which is all that they keep."""
    found = cell if isinstance(cell, Decimal) else Decimal(cell if isinstance(cell, int) else f"{cell:.15g}")
    return found.quantize(Decimal(1)) if found == found.to_integral_value() and abs(found) < 10**20 else found


def _shown(cell: Any) -> str:
    return "…" if isinstance(cell, list | dict) else str(cell)[:100]
