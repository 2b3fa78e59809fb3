"""Runs the blocks of plugins guarded: what one cannot read is kept as it is, and its failure costs its own place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.host.guard import FAILED, Failed, guarded
from portal.host.registry import Installed


class Broken:
    """A value that the block could not read, as it was stored; `None` where a form brought it."""

    def __init__(self, stored: Any = None) -> None:
        self.stored = stored


class CouldNotRead(Exception):
    """Somebody wants to show what could not be read."""


class _Guarded:
    """What the block does, guarded. Its own methods, as they were, are kept in `does`."""

    METHODS = (
        "to_python",
        "bulk_to_python",
        "get_prep_value",
        "value_from_datadict",
        "clean",
        "extract_references",
        "render",
        "normalize",
    )

    def __init__(self, plugin: Installed, name: str, block: Any) -> None:
        self.plugin, self.place = plugin, f"block {name}"
        self.does = {method: getattr(block, method) for method in self.METHODS}

    def _ask(self, function: Callable[..., Any], *args: Any) -> Any:
        return guarded(self.plugin.slug, self.place, FAILED, function, *args)

    def to_python(self, stored: Any) -> Any:
        found = self._ask(self.does["to_python"], stored)
        return Broken(stored) if isinstance(found, Failed) else found

    def bulk_to_python(self, stored: Iterable[Any]) -> list[Any]:
        given = list(stored)
        found = self._ask(lambda: list(self.does["bulk_to_python"](given)))
        fits = not isinstance(found, Failed) and len(found) == len(given)
        return found if fits else [Broken(each) for each in given]

    def get_prep_value(self, value: Any) -> Any:
        return value.stored if isinstance(value, Broken) else self.does["get_prep_value"](value)

    def value_from_datadict(self, data: Any, files: Any, prefix: str) -> Any:
        found = self._ask(self.does["value_from_datadict"], data, files, prefix)
        return Broken() if isinstance(found, Failed) else found

    def clean(self, value: Any) -> Any:
        found = FAILED if isinstance(value, Broken) else self._ask(_cleaned, self.does["clean"], value)
        if isinstance(found, Failed):
            raise ValidationError(
                _("“%(plugin)s” could not check this part. Delete it, or tell IT and save again later.")
                % {"plugin": self.plugin.manifest.title}
            )
        if isinstance(found, ValidationError):
            raise found
        return found

    def extract_references(self, value: Any) -> list[Any]:
        if isinstance(value, Broken):
            return []
        found = self._ask(lambda: list(self.does["extract_references"](value)))
        return [] if isinstance(found, Failed) else found

    def normalize(self, value: Any) -> Any:
        return value if isinstance(value, Broken) else self.does["normalize"](value)

    def render(self, value: Any, context: Any = None) -> Any:
        if isinstance(value, Broken):
            raise CouldNotRead("what is stored could not be read")
        return self.does["render"](value, context)


def isolate(plugin: Installed, name: str, block: Any) -> None:
    """Guards the block itself, in place: its type decides which form the editor draws, so it is not wrapped."""
    if getattr(block, "_folkmoot_guarded", None) is None:
        block._folkmoot_guarded = guard = _Guarded(plugin, name, block)
        for method in _Guarded.METHODS:
            setattr(block, method, getattr(guard, method))


def _cleaned(clean: Callable[[Any], Any], value: Any) -> Any:
    """What is wrong with the editor's input is no failure of the plugin."""
    try:
        return clean(value)
    except ValidationError as error:
        return error
