"""Wheels of plugins, read as files: nothing of them is imported (binary distribution format, PyPA)."""

from __future__ import annotations

import configparser
import shlex
import zipfile
from dataclasses import dataclass
from email.parser import HeaderParser
from importlib.metadata import distributions
from pathlib import Path

from django.conf import settings
from packaging.version import InvalidVersion, Version

from portal.host.discovery import GROUP


class Unreadable(Exception):
    """The file is no wheel of a plugin; says why in one sentence."""


@dataclass(frozen=True)
class Wheel:
    """A plugin's package in a file. `entry` is where its AppConfig is, as "package.apps:Config"."""

    path: Path
    package: str
    version: Version
    summary: str
    slug: str
    entry: str

    @property
    def top_level(self) -> str:
        """The path of the package that holds the AppConfig, from the root of the wheel."""
        return self.entry.partition(":")[0].rpartition(".")[0].replace(".", "/")


@dataclass(frozen=True)
class Available:
    """A wheel IT may install. `installed`: the version that is there now, "" for none. `problem`: it cannot be read."""

    path: Path
    slug: str = ""
    package: str = ""
    version: str = ""
    summary: str = ""
    installed: str = ""
    problem: str = ""

    @property
    def command(self) -> str:
        """What IT types; "" where nothing would help."""
        if self.problem:
            return ""
        return f"python manage.py plugins {'upgrade' if self.installed else 'install'} {shlex.quote(str(self.path))}"


def read(path: Path) -> Wheel:
    """Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as archive:
            metadata = HeaderParser().parsestr(_file(archive, "METADATA"))
            entries = configparser.ConfigParser(delimiters=("=",), interpolation=None)
            entries.optionxform = str  # type: ignore[assignment,method-assign]
            entries.read_string(_file(archive, "entry_points.txt"))
            found = list(entries.items(GROUP)) if entries.has_section(GROUP) else []
            version = Version(metadata.get("Version", ""))
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, configparser.Error, InvalidVersion) as error:
        raise Unreadable(f"{path.name} is no wheel that can be read ({error}).") from error
    except KeyError as error:
        raise Unreadable(f"{path.name} brings no plugin: {error.args[0]}.") from error
    if len(found) != 1:
        raise Unreadable(
            f"{path.name} brings {len(found)} plugins in the entry-point group {GROUP}; it must be exactly one."
        )
    slug, entry = found[0]
    return Wheel(path, metadata.get("Name", ""), version, metadata.get("Summary", ""), slug, entry.strip())


def _file(archive: zipfile.ZipFile, name: str) -> str:
    for each in archive.namelist():
        folder, slash, base = each.partition("/")
        if slash and base == name and folder.endswith(".dist-info"):
            return archive.read(each).decode()
    raise KeyError(f"it has no {name}")


def versions_installed() -> dict[str, Version]:
    """Slug -> the version of the package that brings the plugin, of all in this environment."""
    found: dict[str, Version] = {}
    for distribution in distributions():
        for point in distribution.entry_points.select(group=GROUP):
            found.setdefault(point.name, Version(distribution.version))
    return found


def available() -> list[Available]:
    """The wheels in FOLKMOOT_WHEELS_DIR that are not installed, or newer than what is: the newest of each plugin."""
    folder = settings.FOLKMOOT_WHEELS_DIR
    if folder is None:
        return []
    installed, broken = versions_installed(), []
    newest: dict[str, Wheel] = {}
    for path in sorted(Path(folder).glob("*.whl")):
        try:
            wheel = read(path)
        except Unreadable as error:
            broken.append(Available(path, problem=str(error)))
            continue
        best = newest.get(wheel.slug)
        if best is None or wheel.version > best.version:
            newest[wheel.slug] = wheel
    found = [_available(wheel, installed.get(wheel.slug)) for wheel in newest.values()]
    return [each for each in found if each is not None] + broken


def _available(wheel: Wheel, there: Version | None) -> Available | None:
    if there is not None and there >= wheel.version:
        return None
    known = {"slug": wheel.slug, "package": wheel.package, "version": str(wheel.version), "summary": wheel.summary}
    return Available(wheel.path, **known, installed=str(there or ""))
