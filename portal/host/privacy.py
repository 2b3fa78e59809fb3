"""What plugins hold about a person, and its erasure: over all of them, off, dormant or retired. Never gated."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import record
from portal.host.archive import erasing, schema
from portal.host.models import Archive
from portal.host.registry import Installed, module_of, registry

if TYPE_CHECKING:
    from portal.people.models import Person

logger = logging.getLogger("portal.host")

T = TypeVar("T")

_rooms: dict[str, Callable[[Person], int]] = {}
_exports: dict[str, Callable[[Person], dict[str, Any]]] = {}


def register_erasure(name: str, function: Callable[[Person], int]) -> None:
    """What a room of the core forgets of a person beyond the rows that are the person's own; how much it was."""
    _rooms[name] = function


def register_export(name: str, function: Callable[[Person], dict[str, Any]]) -> None:
    """What a room of the core tells a person of what it holds about them, as JSON."""
    _exports[name] = function


class PrivacyFailed(Exception):
    """Some plugins failed; the others have done their part. `done` is by slug what they gave, `failed` why not.

    Repeating it is safe, and necessary until nothing fails.
    """

    def __init__(self, done: dict[str, Any], failed: dict[str, str]) -> None:
        self.done, self.failed = done, failed
        super().__init__(
            _("Not complete: %(plugins)s failed. Mend that and repeat; what is done stays done.")
            % {"plugins": "; ".join(f"{slug} ({why})" for slug, why in failed.items())}
        )


def export_person(person: Person) -> dict[str, Any]:
    """By slug, what each plugin (and "slug:archive", its archives, and rooms of the core) holds.

    Raises PrivacyFailed if one of them cannot say.
    """
    return _everywhere(
        lambda plugin: _function(plugin, "export")(person),
        lambda archive: erasing.held(archive, person),
        {name: partial(function, person) for name, function in _exports.items()},
    )


def erase_person(person: Person, *, acting_person: Person | None) -> dict[str, int]:
    """By slug, how much of the person each plugin (and "slug:archive", its archives, and rooms of the core) forgot.

    Each in a transaction of its own: one that fails stops no other. Raises PrivacyFailed at the end if any did.
    """
    counts: dict[str, int] = _everywhere(
        lambda plugin: _function(plugin, "erase")(person, acting_person=acting_person),
        lambda archive: erasing.erase(archive, person, acting_person=acting_person),
        {name: partial(function, person) for name, function in _rooms.items()},
    )
    record("person.erase", person, acting_person=acting_person, data={"plugins": counts})
    return counts


def _everywhere(
    of_plugin: Callable[[Installed], Any],
    of_archive: Callable[[Archive], Any],
    of_rooms: Mapping[str, Callable[[], Any]] = MappingProxyType({}),
) -> dict[str, Any]:
    """Plugins first: an archive that is made meanwhile is then found among the archives, or knows nothing more."""
    done: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for plugin in registry.all().values():
        if schema.have_tables(schema.models_of(plugin)):  # else it is retired, and its archives are asked
            _try(plugin.slug, of_plugin, plugin, done, failed)
    for archive in Archive.objects.all():
        _try(f"{archive.plugin}:{archive.pk}", of_archive, archive, done, failed)
    for name, function in of_rooms.items():
        _try(name, lambda room: room(), function, done, failed)
    if failed:
        raise PrivacyFailed(done, failed)
    return {name: found for name, found in done.items() if found or name in registry.all()}


def _try(name: str, function: Callable[[T], Any], of: T, done: dict[str, Any], failed: dict[str, str]) -> None:
    try:
        with transaction.atomic():
            done[name] = function(of)
    except Exception as error:  # whatever it is, the others must still forget the person
        logger.exception("privacy: plugin %r failed", name)
        failed[name] = f"{type(error).__name__}: {error}"


def _function(plugin: Installed, name: str) -> Callable[..., Any]:
    """`export` or `erase` of the plugin's privacy module; without one it must hold nothing about persons."""
    module = module_of(plugin, "privacy")
    if module is not None:
        function: Callable[..., Any] = getattr(module, name)
        return function
    user = get_user_model()
    for model in schema.models_of(plugin):
        if any(field.related_model is user for field in model._meta.local_concrete_fields):
            raise LookupError(_("%(model)s refers to persons, but there is no privacy module") % {"model": model})
    return lambda person, **kwargs: 0 if name == "erase" else {}
