"""What plugins hold about a person, and its erasure: over all of them, off, dormant or retired. Never gated."""

from __future__ import annotations

import logging
from collections.abc import Callable
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
    """By slug, what each plugin and its archives hold. Raises PrivacyFailed if one of them cannot say."""
    tasks: dict[str, Callable[[], Any]] = {
        plugin.slug: _exporter(plugin, person) for plugin in registry.all().values() if _has_data(plugin)
    }
    for archive in Archive.objects.all():
        tasks[_name(archive)] = _call(erasing.held, archive, person)
    return {name: data for name, data in _each(tasks).items() if data or ":" not in name}


def erase_person(person: Person, *, acting_person: Person | None) -> dict[str, int]:
    """By slug, how much of the person each plugin (and "slug:archive", each of its archives) forgot.

    Each in a transaction of its own: one that fails stops no other. Raises PrivacyFailed at the end if any did.
    """
    tasks: dict[str, Callable[[], Any]] = {
        plugin.slug: _eraser(plugin, person, acting_person) for plugin in registry.all().values() if _has_data(plugin)
    }
    for archive in Archive.objects.all():
        tasks[_name(archive)] = _call(erasing.erase, archive, person, acting_person=acting_person)
    counts: dict[str, int] = _each(tasks)
    record("person.erase", person, acting_person=acting_person, data={"plugins": counts})
    return {name: count for name, count in counts.items() if count or ":" not in name}


def _name(archive: Archive) -> str:
    return f"{archive.plugin}:{archive.pk}"


def _has_data(plugin: Installed) -> bool:
    """The tables of a retired plugin are gone; its archives are asked instead."""
    return schema.have_tables(schema.models_of(plugin))


def _exporter(plugin: Installed, person: Person) -> Callable[[], Any]:
    return lambda: _function(plugin, "export")(person)


def _eraser(plugin: Installed, person: Person, acting_person: Person | None) -> Callable[[], Any]:
    return lambda: _function(plugin, "erase")(person, acting_person=acting_person)


def _call(function: Callable[..., T], *args: Any, **kwargs: Any) -> Callable[[], T]:
    return lambda: function(*args, **kwargs)


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


def _each(tasks: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    done: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for slug, task in tasks.items():
        try:
            with transaction.atomic():
                done[slug] = task()
        except Exception as error:  # whatever it is, the others must still forget the person
            logger.exception("privacy: plugin %r failed", slug)
            failed[slug] = f"{type(error).__name__}: {error}"
    if failed:
        raise PrivacyFailed(done, failed)
    return done
