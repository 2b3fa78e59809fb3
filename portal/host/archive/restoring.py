"""Restoring: what an archive holds comes back as it was, except for what was erased or deleted meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audit import record
from portal.host.archive import core, schema, store
from portal.host.archive.contents import OWN
from portal.host.archive.exporting import check_may
from portal.host.archive.rows import batches, build, insert
from portal.host.archive.survivors import Survivors
from portal.host.models import Archive
from portal.host.registry import Installed, registry

if TYPE_CHECKING:
    from portal.people.models import Person

State = Archive.State


def restore(archive: Archive, *, acting_person: Person | None) -> Archive:
    """Brings the plugin back from the archive: the same rows with the same keys, its entries as they were.

    Works for what was retired or purged. The tables are first brought to where the archive was made, and to the
    newest migration afterwards. Raises ValidationError for what cannot be restored, ArchiveError for a damaged file.
    """
    check_may(acting_person)
    plugin = _check(archive)
    manifest = store.verify(archive.path, archive.sha256)
    target, registry_of_models = schema.archived_models(manifest["app"], manifest["migrations"])
    schema.migrate(manifest["app"], target)
    with transaction.atomic():
        stamps.bump("rules")
        archive = Archive.objects.select_for_update().get(pk=archive.pk)
        _check(archive)
        manifest = store.verify(archive.path, archive.sha256)  # somebody may have been erased from it just now
        was_retired = archive.state == State.RETIRED
        _load(archive, manifest, registry_of_models, was_retired=was_retired)
        archive.state = State.RESTORED
        archive.save(update_fields=["state", "changed_at"])
        _permissions(plugin, manifest)
        record("plugin.restore", archive, acting_person=acting_person, data={"rows": archive.rows})
    schema.migrate(manifest["app"])
    return archive


def _check(archive: Archive) -> Installed:
    slug = archive.plugin
    if archive.state == State.RESTORED:
        raise ValidationError(_("This archive of “%(slug)s” is restored already.") % {"slug": slug})
    plugin = registry.get(slug)
    if plugin is None:
        raise ValidationError(
            _("“%(slug)s” is not installed; install its package, version %(version)s or newer, first.")
            % {"slug": slug, "version": archive.version}
        )
    others = Archive.objects.filter(plugin=slug, state=State.RETIRED).exclude(pk=archive.pk)
    if other := others.first():
        raise ValidationError(
            _("“%(slug)s” was retired into %(path)s; restore that one.") % {"slug": slug, "path": other.path}
        )
    models = schema.models_of(plugin)
    # What was written in the moment of retiring has keys above the archived ones, and may stay beside them.
    if archive.state != State.RETIRED and schema.have_tables(models) and schema.hold_rows(models):
        raise ValidationError(
            _("“%(slug)s” has data of its own; it is not replaced. Retire or purge it first.") % {"slug": slug}
        )
    return plugin


def _load(archive: Archive, manifest: dict[str, Any], models: Any, *, was_retired: bool) -> None:
    # Of a purged plugin the archive brings what its other rows refer to.
    brings = () if was_retired else ("catalogue.entry", "ingestion.source")
    survivors = Survivors(archive.path, manifest, brings)
    core.load_before(archive, manifest, survivors, was_retired=was_retired)
    for part in manifest["models"]:
        if part["kind"] == OWN:
            model = models.get_model(part["label"])
            for batch in batches(survivors.rows(part)):
                insert(model, [build(model, row) for row in batch])
            if part["sequence"] is not None:
                schema.set_sequence(model, part["sequence"])
    core.load_after(archive.plugin, survivors)


def _permissions(plugin: Installed, manifest: dict[str, Any]) -> None:
    """Django's permissions on the models, given to the groups that had them, where those still exist."""
    create_contenttypes(plugin.config, verbosity=0)
    create_permissions(plugin.config, verbosity=0)
    for held in manifest["permissions"]:
        permission = Permission.objects.filter(
            content_type__app_label=manifest["app"], content_type__model=held["model"], codename=held["codename"]
        ).first()
        if permission is not None:
            permission.group_set.add(*Group.objects.filter(name__in=held["groups"]))
