"""One verb of `manage.py plugins`, and what its exit codes say."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.core.management.base import CommandError

from portal.host.registry import Installed, registry
from portal.people.models import Department


class Exit(IntEnum):
    """What a script may rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4  # a lock, a requirement, a value that does not fit, an export that is missing
    CONFLICT = 5  # what was looked at before has changed since
    PROBLEMS = 6  # `doctor` found some


class Refusal(CommandError):
    """Ends the command with one sentence that says what to do, and an exit code."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message, returncode=int(code))


class Problems(Exception):
    """What a verb found wrong: printed like any result, then the command ends with PROBLEMS."""

    def __init__(self, found: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(found)} problems")
        self.found = found


@dataclass(frozen=True)
class Verb:
    """`run` takes the parsed options and returns facts: a dict, or a list of them; `--json` prints them as such.

    `lines` turns the facts into what people read; without it they are printed "name value · name value".
    """

    name: str
    help: str
    run: Callable[[dict[str, Any]], Any]
    arguments: Callable[[ArgumentParser], None] = lambda parser: None
    lines: Callable[[Any], list[str]] | None = None


def plugin_of(options: dict[str, Any]) -> Installed:
    """The installed plugin that was named."""
    plugin = registry.get(options["slug"])
    if plugin is None:
        known = ", ".join(sorted(registry.all()))
        raise Refusal(f"There is no plugin {options['slug']!r}; installed are {known}.", Exit.NOT_FOUND)
    return plugin


def department_of(path: str | None) -> Department:
    """By its address, with or without the organisation before it; nothing is the organisation."""
    root = Department.objects.organisation()
    if root is None:
        raise Refusal("There is no organisation yet; make its root department first.", Exit.NOT_FOUND)
    path = (path or "").strip("/")
    if not path:
        return root
    found = Department.objects.filter(url_path__in=[path, f"{root.url_path}/{path}"]).first()
    if found is None:
        raise Refusal(
            f"There is no department {path!r}; write its address, such as {root.url_path}/...", Exit.NOT_FOUND
        )
    return found


def slug_argument(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="the plugin")
