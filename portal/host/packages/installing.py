"""Installing and upgrading a plugin: judged, done, looked at from a fresh process, and taken back if that fails.

The processes that run go on with what they have in memory until they are restarted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files import locks
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from packaging.version import Version

from portal.audit import record
from portal.host.packages import compatibility, pip, wheels
from portal.host.packages.compatibility import Incompatible, Told
from portal.host.packages.pip import PipFailed, Planned
from portal.host.packages.wheels import Wheel
from portal.people.models import Department

SECONDS = 900  # for one command of ours, migrations among them


class Undone(Exception):
    """It failed after something had been changed, and was taken back; says why, and what could not be taken back."""


@dataclass(frozen=True)
class Plan:
    """What will be, or was, done. `also`: packages that come along."""

    told: Told
    package: str
    version: str
    before: str
    also: list[Planned]


@contextmanager
def wheel_of(name: str) -> Iterator[Wheel]:
    """The wheel at that path, or of the package with that name. Raises Incompatible or PipFailed."""
    with TemporaryDirectory() as folder:
        path = Path(name)
        if not name.endswith(".whl"):
            path = pip.download(name, Path(folder))
        elif not path.is_file():
            raise Incompatible(f"There is no file {name}; write the path of a wheel, or the name of a package.")
        try:
            yield wheels.read(path.resolve())
        except wheels.Unreadable as error:
            raise Incompatible(str(error)) from error


def plan(wheel: Wheel, *, upgrade: bool) -> Plan:
    """Judges everything and changes nothing. Raises Incompatible or PipFailed."""
    before = pip.installed_version(wheel.package)
    if before and not upgrade:
        raise Incompatible(f"{wheel.package} {before} is installed; use `plugins upgrade` for another version.")
    if upgrade and not before:
        raise Incompatible(f"{wheel.package} is not installed; use `plugins install`.")
    if upgrade and Version(before) >= wheel.version:
        raise Incompatible(f"{wheel.package} {before} is installed, and {wheel.version} is not newer.")
    told = compatibility.check(wheel)
    if not pip.writable():
        raise Incompatible(
            "This user may not write into Folkmoot's environment; run this as its owner, or build the package into "
            "the image."
        )
    also = [each for each in pip.plan(wheel.path) if not pip.same(each.package, wheel.package)]
    if changed := [each for each in also if each.before]:
        words = ", ".join(f"{each.package} {each.before} to {each.version}" for each in changed)
        raise Incompatible(f"{wheel.package} would change what is installed: {words}. Nothing was done.")
    return Plan(told, wheel.package, str(wheel.version), before, also)


def carry_out(wheel: Wheel, *, upgrade: bool) -> tuple[Plan, list[str]]:
    """Does it; gives what was done and the names of the migrations applied. Raises Incompatible, PipFailed, Undone."""
    with _alone(), TemporaryDirectory() as folder:
        planned = plan(wheel, upgrade=upgrade)
        kept = _keep(planned, Path(folder)) if upgrade else None
        applied = _applied(planned.told.label)
        try:
            pip.install(wheel.path)
            _look(planned)
            if _has_migrations(planned):
                _manage("migrate", planned.told.label, "--noinput")
        except (PipFailed, _ManageFailed) as error:
            left = _take_back(planned, kept, applied)
            raise Undone(
                f"{planned.package} was not {'upgraded' if upgrade else 'installed'}. {error} {left}"
            ) from error
    _tell(planned)
    return planned, sorted(_applied(planned.told.label) - applied)


class _ManageFailed(Exception):
    pass


def _manage(*arguments: str) -> str:
    """One of our own commands in a fresh process, which sees what is installed now."""
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise _ManageFailed(f"manage.py {arguments[0]} did not end within {SECONDS} s.") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise _ManageFailed(f"manage.py {' '.join(arguments[:2])} failed: {said}.")
    return done.stdout


def _look(planned: Plan) -> None:
    """Whether the site starts with it, and it runs."""
    _manage("check")
    found = {each["slug"]: each for each in json.loads(_manage("plugins", "list", "--json"))}
    there = found.get(planned.told.slug)
    if there is None:
        raise _ManageFailed(f"{planned.told.slug!r} is not found after installing it; is it excluded?")
    if there["problem"]:
        raise _ManageFailed(f"It would not run: {there['problem']}.")


def _has_migrations(planned: Plan) -> bool:
    parts = [*planned.told.name.split("."), "migrations", "__init__.py"]
    return any(str(file) == "/".join(parts) for file in distribution(planned.package).files or [])


def _applied(label: str) -> set[str]:
    rows = MigrationRecorder(connection).applied_migrations()
    return {name for app, name in rows if app == label}


def _take_back(planned: Plan, kept: Path | None, applied: set[str]) -> str:
    """Migrations first, while their code is there, then the packages. What is left over, in words."""
    left = []
    if _applied(planned.told.label) - applied:
        try:
            _manage("migrate", planned.told.label, max(applied) if applied else "zero", "--noinput")
        except _ManageFailed as error:
            left.append(f"Its migrations could not be taken back ({error})")
    names = [planned.package, *(each.package for each in planned.also)]
    try:
        pip.uninstall([name for name in names if pip.installed_version(name)])
        if kept is not None:
            _put_back(kept)
    except (PipFailed, OSError) as error:
        left.append(f"Its files could not be taken back ({error})")
    return "Everything is as it was." if not left else "; ".join(left) + "."


def _keep(planned: Plan, folder: Path) -> Path:
    """A copy of the installed package's files; its former wheel may be nowhere any more."""
    there: Distribution = distribution(planned.package)
    if (there.read_text("direct_url.json") or "").find('"editable": true') >= 0:
        raise Incompatible(f"{planned.package} is installed from a folder of sources; change it there.")
    for file in there.files or []:
        source = Path(str(file.locate()))
        if source.is_file() and ".." not in file.parts:
            target = folder / "files" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    (folder / "root").write_text(str(there.locate_file("")))
    return folder


def _put_back(kept: Path) -> None:
    shutil.copytree(kept / "files", (kept / "root").read_text(), dirs_exist_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time. Raises Incompatible while another one is at it."""
    path = Path(settings.FOLKMOOT_DATA_DIR) / "packages.lock"
    with path.open("w") as file:
        if not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
            raise Incompatible("Another installation is running; wait until it has ended.")
        try:
            yield
        finally:
            locks.unlock(file)


def _tell(planned: Plan) -> None:
    """Into the history of the organisation; before there is one, nobody would read it."""
    root = Department.objects.organisation()
    if root is None:
        return
    data = {
        "plugin": planned.told.slug,
        "package": planned.package,
        "before": planned.before or None,
        "after": planned.version,
        "also": [str(each) for each in planned.also],
        "user": os.environ.get("USER", ""),
    }
    record("plugin.upgrade" if planned.before else "plugin.install", root, acting_person=None, data=data)
