"""Whether a plugin would run here, judged before anything is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from tempfile import TemporaryDirectory

from django.apps import apps
from django.conf import settings
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from portal.host.discovery import distribution_of
from portal.host.packages import pip
from portal.host.packages.wheels import Wheel
from portal.host.plugin import API_VERSION
from portal.host.registry import registry

SECONDS = 20  # for importing one apps.py

# Runs in a process of its own: the module is the package's, and this one must not be changed by it.
_READER = """
import importlib, json, sys
folder, entry, site = sys.argv[1:]
sys.path[:0] = [folder, site]
from django.conf import settings
settings.configure(USE_I18N=False)
module, _colon, name = entry.partition(":")
config = getattr(importlib.import_module(module), name)
given = config.manifest
told = {
    "slug": given.slug, "api": given.api, "requires": list(given.requires), "default_on": given.default_on,
    "label": getattr(config, "label", None) or config.name.rpartition(".")[2], "name": config.name,
}
print("\\n" + json.dumps(told))
"""


class Incompatible(Exception):
    """The package does not fit; nothing was changed. Says why and what to do, in one line."""


@dataclass(frozen=True)
class Told:
    """What the package's manifest says."""

    slug: str
    api: str
    requires: list[str]
    default_on: bool
    label: str
    name: str


def manifest_of(wheel: Wheel) -> Told:
    """Unpacks the wheel aside and imports its apps.py, nothing else. Raises Incompatible."""
    with TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(wheel.path) as archive:
                archive.extractall(folder)  # members outside of the folder are put inside it
            done = subprocess.run(  # noqa: S603  this interpreter, and arguments that are no shell's
                [sys.executable, "-c", _READER, folder, wheel.entry, str(settings.BASE_DIR)],
                env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise Incompatible(f"{wheel.path.name}: its apps.py was not read within {SECONDS} s.") from error
        except (OSError, zipfile.BadZipFile) as error:
            raise Incompatible(f"{wheel.path.name} cannot be unpacked ({error}).") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise Incompatible(f"{wheel.path.name}: its apps.py cannot be imported ({said}).")
    return Told(**json.loads(done.stdout.strip().splitlines()[-1]))


def check(wheel: Wheel) -> Told:
    """What its manifest says, if it fits beside what is installed. Raises Incompatible."""
    told = manifest_of(wheel)
    if told.slug != wheel.slug:
        raise Incompatible(f"{wheel.path.name} names its plugin {wheel.slug!r}, but its manifest says {told.slug!r}.")
    try:
        fits = SpecifierSet(told.api).contains(API_VERSION)
    except InvalidSpecifier as error:
        raise Incompatible(f"{told.slug!r} states a range of plugin APIs that cannot be read: {told.api!r}.") from error
    if not fits:
        raise Incompatible(f"{told.slug!r} needs plugin API {told.api}; this Folkmoot has {API_VERSION}.")
    if missing := [slug for slug in told.requires if slug not in registry.all()]:
        raise Incompatible(f"{told.slug!r} needs {', '.join(missing)}, which must be installed first.")
    _check_places(wheel, told)
    return told


def _check_places(wheel: Wheel, told: Told) -> None:
    """Neither slug nor label nor package may be another's."""
    there = registry.get(told.slug)
    owner = distribution_of(told.slug, type(there.config).__module__) if there else None
    if there and (owner is None or not pip.same(owner.name, wheel.package)):
        whose = owner.name if owner else "another package"
        raise Incompatible(f"There is a plugin {told.slug!r} already, from {whose}.")
    used = apps.app_configs.get(told.label)
    if used is not None and used.name != told.name:
        raise Incompatible(f"{told.slug!r} has the app label {told.label!r}, which {used.name} has.")
    top = told.name.partition(".")[0]
    others = {name for name in packages_distributions().get(top, []) if not pip.same(name, wheel.package)}
    if others or (Path(settings.BASE_DIR) / top).exists():
        whose = ", ".join(sorted(others)) or "Folkmoot"
        raise Incompatible(f"{told.slug!r} brings a Python package {top!r}, which {whose} has.")
