"""pip in this very environment, held to what Folkmoot is locked to."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from os import W_OK, access
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from portal.host.discovery import OWN_PACKAGE

SECONDS = 600


class PipFailed(Exception):
    """pip did not do it; says what pip said, in one line."""


@dataclass(frozen=True)
class Planned:
    """A package pip would install; `before` is the version that is there, "" for none."""

    package: str
    version: str
    before: str = ""

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


def writable() -> bool:
    return access(sysconfig.get_path("purelib"), W_OK)


def installed_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def locked() -> list[str]:
    """Folkmoot and all it is locked to, as constraints without the hashes."""
    lines = (Path(settings.BASE_DIR) / "requirements.lock").read_text().splitlines()
    found = []
    for line in lines:
        text = line.partition("--hash")[0].rstrip("\\ ").strip()
        try:
            found.append(str(Requirement(text)))
        except InvalidRequirement:
            continue  # a hash, a comment
    own = installed_version(OWN_PACKAGE)
    return [*found, *([f"{OWN_PACKAGE}=={own}"] if own else [])]


@contextmanager
def constraints() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "constraints.txt"
        path.write_text("\n".join(locked()) + "\n")
        yield path


def plan(wheel: Path) -> list[Planned]:
    """What installing the wheel would bring, itself included. Raises PipFailed if the lock forbids it."""
    with constraints() as path:
        told = path.with_name("report.json")
        _run(["install", "--dry-run", "--report", str(told), *_held(path), str(wheel)])
        report = json.loads(told.read_text())
    found = [each["metadata"] for each in report["install"]]
    return [Planned(each["name"], each["version"], installed_version(each["name"])) for each in found]


def install(wheel: Path) -> None:
    """Raises PipFailed."""
    with constraints() as path:
        _run(["install", "--no-warn-script-location", *_held(path), str(wheel)])


def uninstall(packages: Sequence[str]) -> None:
    """Raises PipFailed."""
    if packages:
        _run(["uninstall", "--yes", *packages])


def download(name: str, folder: Path) -> Path:
    """The wheel of a package, from wherever pip is set up to look. Raises PipFailed."""
    _run(["download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), *_places(), name])
    found = sorted(folder.glob("*.whl"))
    if len(found) != 1:
        raise PipFailed(f"pip found no wheel of {name}.")
    return found[0]


def same(one: str, other: str) -> bool:
    """Whether two names are the same package's."""
    return canonicalize_name(one) == canonicalize_name(other)


def _held(path: Path) -> list[str]:
    return ["--constraint", str(path), *_places()]


def _places() -> list[str]:
    folder = settings.FOLKMOOT_WHEELS_DIR
    return ["--find-links", str(folder)] if folder is not None else []


def _run(arguments: Sequence[str]) -> None:
    always = ["--no-input", "--disable-pip-version-check"]  # not --quiet: that leaves out what conflicts
    command = [sys.executable, "-m", "pip", arguments[0], *always, *arguments[1:]]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise PipFailed(f"pip {arguments[0]} did not end within {SECONDS} s.") from error
    if done.returncode:
        raise PipFailed(_said(done.stdout + "\n" + done.stderr))


def _said(output: str) -> str:
    """What pip complained about: its errors and the conflict it explains, without the advice after them."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    kept, inside = [], False
    for line in lines:
        if line.startswith("The conflict is caused by"):
            inside = True
        elif line.startswith(("To fix this", "Additionally", "[notice]")):
            inside = False
        elif inside or (line.startswith("ERROR:") and "ResolutionImpossible" not in line):
            kept.append(line.removeprefix("ERROR: ").rstrip("."))
    return "pip: " + "; ".join(kept or lines[-1:] or ["it failed without a word"])
