"""The adapters of this process: those the active plugins bring."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.host.guard import guarded, typed
from portal.host.registry import registry
from portal.ingestion.adapter import Adapter


class NoSuchAdapter(LookupError):
    """No active plugin brings this adapter: it is not installed, dormant or misspelt."""

    def __str__(self) -> str:
        return _("No active plugin brings the adapter “%(slug)s”; there are: %(known)s.") % {
            "slug": self.args[0],
            "known": ", ".join(sorted(every())) or "-",
        }


_made: dict[type, Adapter] = {}  # an adapter has no state: one serves the whole process


def every() -> dict[str, tuple[Adapter, str]]:
    """Slug -> (adapter, slug of its plugin). One that cannot be made is missing; what is delivered is kept."""
    found: dict[str, tuple[Adapter, str]] = {}
    for plugin in registry.active():
        for kind in plugin.contributions.adapters:
            adapter = _made.get(kind) or guarded(plugin.slug, f"adapter {kind.__name__}", None, typed, Adapter, kind)
            if adapter is not None:
                _made[kind] = adapter
                found[adapter.slug] = (adapter, plugin.slug)
    return found


def get(slug: str) -> Adapter:
    """Raises NoSuchAdapter."""
    return _found(slug)[0]


def plugin_of(slug: str) -> str:
    """The slug of the plugin that brings the adapter. Raises NoSuchAdapter."""
    return _found(slug)[1]


def _found(slug: str) -> tuple[Adapter, str]:
    try:
        return every()[slug]
    except KeyError:
        raise NoSuchAdapter(slug) from None
