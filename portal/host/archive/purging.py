"""Purging: a plugin's data is deleted, once there is an archive of exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audit import record
from portal.catalogue.actions import remove_entries
from portal.catalogue.models import Entry
from portal.host.archive import exporting, schema, store
from portal.host.archive.retiring import detach_entries, forget_models
from portal.host.models import Archive, Grant, PluginSettings, Rule, Trouble
from portal.ingestion.models import Source

if TYPE_CHECKING:
    from portal.people.models import Person


@transaction.atomic
def purge(slug: str, *, acting_person: Person | None) -> Archive:
    """Deletes the plugin's rows, entries, sources, rules, settings and grants; its newest archive remains.

    Raises ValidationError unless that archive holds what there is now, ArchiveError if it is damaged.
    """
    exporting.check_may(acting_person)
    stamps.bump("rules")
    archive = exporting.retired(slug) or _current_export(slug)
    store.verify(archive.path, archive.sha256)
    detach_entries(slug)
    remove_entries(Entry.objects.filter(plugin=slug))
    for model in (Rule, PluginSettings, Grant, Trouble):
        model._base_manager.filter(plugin=slug).delete()
    Source.objects.filter(plugin=slug).delete()
    archive.state = Archive.State.PURGED
    archive.save(update_fields=["state", "changed_at"])
    record("plugin.purge", archive, acting_person=acting_person, data={"rows": archive.rows})
    return archive


def _current_export(slug: str) -> Archive:
    """The newest archive, if nothing changed since; the plugin's tables are emptied."""
    plugin = exporting.installed(slug)
    models = schema.models_of(plugin)
    schema.lock(models)
    archive = Archive.objects.filter(plugin=slug).exclude(state=Archive.State.RESTORED).first()
    if archive is None:
        raise ValidationError(
            _("There is no export of “%(slug)s”; make one with `plugins export %(slug)s` first.") % {"slug": slug}
        )
    if not exporting.is_current(plugin, store.verify(archive.path, archive.sha256)):
        raise ValidationError(
            _("“%(slug)s” has changed since its last export; make a new one with `plugins export %(slug)s`.")
            % {"slug": slug}
        )
    schema.empty(models)
    forget_models(plugin.config.label)
    return archive
