"""Where the demo data lies, and the three small things every reader of it needs."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml

DATA = Path(__file__).parent / "data"
PLUGINS = Path(__file__).parent.parent / "plugins"

MAIL_DOMAIN = "merekaar.example"
MINUTES_A_DAY = 24 * 60
# Nothing on the newest day is later than this; seeded earlier in the day, everything moves to the day before.
NEWEST_HOUR = time(9)

T = TypeVar("T")


class DemoDataError(ValueError):
    """The demo data contradicts itself; the message names the file and the entry."""


def read_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def plugin_files(pattern: str) -> list[Path]:
    """Files that plugins keep in their demo folders; a plugin that is gone takes its data with it."""
    return sorted(PLUGINS.glob(f"*/demo/{pattern}"))


def number(*parts: object) -> int:
    """A large number that depends on nothing but the parts, the same on every machine and Python version."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def pick(choices: Sequence[T], *parts: object) -> T:
    """One of the choices, decided by the parts alone."""
    return choices[number(*parts) % len(choices)]


def ascii_name(text: str) -> str:
    """A name in plain letters for user names: "Katre Mägi" gives "katre.magi"."""
    plain = text.replace("ß", "ss").replace("ø", "o").replace("ı", "i")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return ".".join(re.findall(r"[a-z]+", plain.lower()))


def at_most_one(names: Iterable[str], where: str) -> None:
    """Complain about the first name that comes twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DemoDataError(f"{where}: {name!r} comes twice")
        seen.add(name)


@dataclass(frozen=True, order=True)
class Moment:
    """A point in time, in minutes from midnight of the newest day; negative is earlier."""

    minutes: int

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Read "-3d 14:20": three days before the newest day, at 14:20."""
        match = re.fullmatch(r"([+-]?\d+)d (\d\d):(\d\d)", text)
        if match is None:
            raise DemoDataError(f"{text!r} is not a moment like '-3d 14:20'")
        days, hours, minutes = (int(part) for part in match.groups())
        return cls(days * MINUTES_A_DAY + hours * 60 + minutes)

    def later(self, text: str) -> Moment:
        """The moment a while later; the while is written "25m", "3h" or "2d"."""
        match = re.fullmatch(r"(\d+)([mhd])", text)
        if match is None:
            raise DemoDataError(f"{text!r} is not a while like '25m', '3h' or '2d'")
        return Moment(self.minutes + int(match[1]) * {"m": 1, "h": 60, "d": MINUTES_A_DAY}[match[2]])

    def at(self, now: datetime) -> datetime:
        """The date and time as seen from now (same time zone as now); never in the future."""
        day = now if now.time() >= NEWEST_HOUR else now - timedelta(days=1)
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(minutes=self.minutes)
