"""Retiring: the data goes into an archive, the entries are hidden, and nothing of the plugin holds the core back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext as _
from wagtail.models import ReferenceIndex

from portal.audience import stamps
from portal.audit import record
from portal.catalogue import chains, outbox
from portal.catalogue.models import Entry
from portal.catalogue.signals import entries_changed
from portal.host import gate
from portal.host.archive import schema, store
from portal.host.archive.exporting import check_may, installed, make, retired
from portal.host.models import Archive
from portal.host.registry import registry
from portal.ingestion.models import Source
from portal.people.models import Department

if TYPE_CHECKING:
    from portal.people.models import Person


def retire(slug: str, *, acting_person: Person | None, reason: str = "") -> Archive:
    """Exports everything and empties the plugin's tables, in one transaction; it is off from then on.

    Its tables remain, empty, until `drop_tables`. Raises ValidationError if it is retired already or another plugin
    needs it, ArchiveError if the archive cannot be written; then nothing has changed.
    """
    check_may(acting_person)
    _check(slug)
    plugin = installed(slug)
    name = store.new_name(slug, plugin.manifest.version)
    with store.unless_undone(name), transaction.atomic():
        stamps.bump("rules")  # its row lock also keeps a second retirement waiting
        _check(slug)
        archive = make(plugin, name, acting_person=acting_person)
        archive.state = Archive.State.RETIRED
        archive.save(update_fields=["state", "changed_at"])
        detach_entries(slug)
        _detach_sources(slug)
        schema.empty(schema.models_of(plugin))
        forget_models(plugin.config.label)
        record("plugin.retire", archive, acting_person=acting_person, data={"reason": reason, "rows": archive.rows})
    return archive


def drop_tables(slug: str) -> None:
    """Migrates a retired plugin to zero, so that its package can be uninstalled. Outside transactions.

    Raises ValidationError if somebody whose request had begun before wrote a row after the export.
    """
    plugin = registry.get(slug)
    if plugin is None or retired(slug) is None:
        return
    models = schema.models_of(plugin)
    if schema.have_tables(models) and schema.hold_rows(models):
        raise ValidationError(
            _("“%(slug)s” is retired, but rows were written meanwhile; restore it and retire it again.")
            % {"slug": slug}
        )
    schema.migrate(plugin.config.label, "zero")


def _check(slug: str) -> None:
    if retired(slug) is not None:
        raise ValidationError(_("“%(slug)s” is retired already.") % {"slug": slug})
    needing = [p.slug for p in registry.all().values() if slug in p.manifest.requires and retired(p.slug) is None]
    if needing:
        raise ValidationError(
            _("%(needing)s needs “%(slug)s”; retire that first.") % {"needing": ", ".join(needing), "slug": slug}
        )


def detach_entries(slug: str) -> None:
    """Hides the plugin's entries and homes those of their own at the root, where they keep no department alive."""
    entries = Entry.objects.filter(plugin=slug)
    entries.update(state=Case(When(state="live", then=Value("hidden")), default=F("state")), version=F("version") + 1)
    root = Department.objects.organisation()
    if root is not None:
        key = gate.gate_key({(slug, root.pk)})
        entries.filter(subject=None).update(department=root, gate_id=gate.intern_gates([key])[key])
    announce(slug)


def announce(slug: str) -> None:
    """The search indexes, what is attached and the timeline follow the plugin's entries."""
    entries = Entry.objects.filter(plugin=slug)
    outbox.send(entries, narrowed=True)
    chains.follow(entries)
    entries_changed.send(Entry, entry_ids=entries.values("pk"))


def _detach_sources(slug: str) -> None:
    """They fetch nothing and keep no department alive; what is delivered to them is kept."""
    sources = Source.objects.filter(plugin=slug)
    sources.update(paused=True)
    if (root := Department.objects.organisation()) is not None:
        sources.update(department=root)


def forget_models(label: str) -> None:
    """Permissions and references of models that will be gone. Their content types stay: the history names them."""
    Permission.objects.filter(content_type__app_label=label).delete()
    of_models = Q(content_type__app_label=label) | Q(base_content_type__app_label=label)
    ReferenceIndex.objects.filter(of_models | Q(to_content_type__app_label=label)).delete()
