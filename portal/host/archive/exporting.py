"""Exporting: all of a plugin's data into one file."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import record
from portal.host.archive import contents, schema, store
from portal.host.models import Archive
from portal.host.registry import Installed, registry

if TYPE_CHECKING:
    from portal.people.models import Person


def check_may(acting_person: Person | None) -> None:
    """A plugin's data as a whole is central IT's; None is the command line."""
    if acting_person is not None and not acting_person.is_superuser:
        raise PermissionDenied(_("Only central IT may do this."))


def installed(slug: str) -> Installed:
    """The plugin with its tables, dormant or not. Raises ValidationError."""
    plugin = registry.get(slug)
    if plugin is None:
        raise ValidationError(_("“%(slug)s” is not installed; install its package first.") % {"slug": slug})
    if not schema.have_tables(schema.models_of(plugin)):
        raise ValidationError(
            _("“%(slug)s” has no tables; it is retired, or `manage.py migrate` has not run.") % {"slug": slug}
        )
    return plugin


def retired(slug: str) -> Archive | None:
    """The archive a plugin was retired into, if it is retired."""
    return Archive.objects.filter(plugin=slug, state=Archive.State.RETIRED).first()


def export_plugin(slug: str, *, acting_person: Person | None) -> Archive:
    """Writes everything of the plugin into a new archive, read back and compared before it counts.

    Raises ValidationError if there is nothing to export from, ArchiveError if it cannot be written.
    """
    check_may(acting_person)
    plugin = installed(slug)
    name = store.new_name(plugin.slug, plugin.manifest.version)
    with store.unless_undone(name), transaction.atomic():
        archive = make(plugin, name, acting_person=acting_person)
        record("plugin.export", archive, acting_person=acting_person, data={"rows": archive.rows})
    return archive


def make(plugin: Installed, name: str, *, acting_person: Person | None) -> Archive:
    """The file and its row, inside the caller's transaction; until that ends nobody writes to the plugin's tables."""
    schema.lock(schema.models_of(plugin))
    parts = chain(contents.own_parts(plugin), contents.core_parts(plugin))
    manifest = store.write(name, contents.head(plugin), parts)
    sha256 = store.checksum(name)
    store.verify(name, sha256)
    return Archive.objects.create(
        plugin=plugin.slug,
        version=plugin.manifest.version,
        path=name,
        sha256=sha256,
        rows={part["label"]: part["rows"] for part in manifest["models"]},
        made_by=acting_person,
    )


def discard(archive: Archive, *, acting_person: Person | None) -> None:
    """Deletes an archive for good, its file and its row. Refused for the one a plugin is retired into."""
    check_may(acting_person)
    if archive.state == Archive.State.RETIRED:
        raise ValidationError(_("“%(slug)s” is retired into this archive; purge it first.") % {"slug": archive.plugin})
    with transaction.atomic():
        record("plugin.purge", archive, acting_person=acting_person, data={"discarded": archive.path})
        path = store.file_of(archive)
        archive.delete()
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def is_current(plugin: Installed, manifest: dict[str, object]) -> bool:
    """Whether the plugin's tables still hold exactly what the archive does."""
    kept = {part["path"]: part["sha256"] for part in manifest["models"] if part["kind"] == contents.OWN}  # type: ignore[attr-defined]
    return kept == {part.path: store.digest(part) for part in contents.own_parts(plugin)}
