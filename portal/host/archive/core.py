"""What the core holds for a plugin, back from an archive: entries, activities, sources, rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model, Q

from portal.catalogue import chains
from portal.catalogue.actions import remove_many
from portal.catalogue.models import Entry
from portal.host import gate
from portal.host.archive.contents import OWN
from portal.host.archive.retiring import announce
from portal.host.archive.rows import batches, build, fields_of, insert
from portal.host.archive.survivors import Survivors
from portal.host.models import Archive
from portal.ingestion.models import Source

_DECISIONS = ("host.rule", "host.pluginsettings", "host.grant")
_OF_ENTRIES = ("catalogue.entrytopic", "catalogue.entryfile", "timeline.activity")


def load_before(archive: Archive, manifest: dict[str, Any], survivors: Survivors, *, was_retired: bool) -> None:
    """What the plugin's own rows refer to, or what is shown of them.

    Of a retired plugin the core kept everything, so only what retiring changed is set back; of a purged one
    everything is written again that is not there.
    """
    parts = {part["label"]: part for part in manifest["models"]}
    for row in survivors.rows(parts["ingestion.source"]):
        _source(row, was_retired=was_retired)
    for batch in batches(survivors.rows(parts["catalogue.entry"])):
        _entries(batch, was_retired=was_retired)
    if was_retired:
        return
    for label in (*_DECISIONS, "ingestion.record", *_OF_ENTRIES):
        model = apps.get_model(label)
        for batch in batches(survivors.rows(parts[label])):
            insert(model, [build(model, row) for row in _missing(model, batch)])


def load_after(slug: str, survivors: Survivors) -> None:
    """Gates of the homes as they are now; what is attached to other things follows those."""
    for label in (part["label"] for part in survivors.parts if part["kind"] == OWN):
        remove_many(label, [str(key) for key in survivors.dropped[label]])
    alone = Entry.objects.filter(plugin=slug, subject=None)
    homes = alone.order_by().values_list("department_id", flat=True).distinct()
    keys = {home: gate.gate_key({(slug, home)}) for home in homes}
    ids = gate.intern_gates(keys.values())
    for home, key in keys.items():
        alone.filter(department_id=home).exclude(gate_id=ids[key]).update(gate_id=ids[key])
    chains.follow(set(Entry.objects.filter(plugin=slug).exclude(subject=None).values_list("subject_id", flat=True)))
    announce(slug)


def _source(row: dict[str, Any], *, was_retired: bool) -> None:
    kept = Source.objects.filter(pk=row["id"])
    if kept.update(department_id=row["department_id"], paused=row["paused"]) or was_retired:
        return
    if not Source.objects.filter(slug=row["slug"]).exists():
        insert(Source, [build(Source, row)])


def _entries(batch: list[dict[str, Any]], *, was_retired: bool) -> None:
    """As archived, with a version the indexes have not seen. What was removed while retired stays removed."""
    kept = {pk: (state, version) for pk, state, version in _states([row["id"] for row in batch])}
    if was_retired:
        batch = [row for row in batch if row["id"] in kept and (kept[row["id"]][0] != "removed")]
    objs = []
    for row in batch:
        version = max(row["version"], kept.get(row["id"], ("", 0))[1]) + 1
        objs.append(build(Entry, row | {"version": version}))
    columns = [f.name for f in fields_of(Entry) if not f.primary_key]
    Entry.objects.bulk_create(objs, update_conflicts=True, unique_fields=["id"], update_fields=columns)  # type: ignore[arg-type]


def _states(ids: list[int]) -> Iterator[tuple[int, str, int]]:
    return Entry.objects.filter(pk__in=ids).values_list("pk", "state", "version").iterator()


def _missing(model: type[Model], batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that are not there, by key or by what may be there only once; what hangs on nothing is left out."""
    there = set(model._base_manager.filter(pk__in=[row["id"] for row in batch]).values_list("pk", flat=True))
    found = [row for row in batch if row["id"] not in there]
    for constraint in model._meta.total_unique_constraints:
        names = [f.attname for f in fields_of(model) if f.name in constraint.fields]
        columns = set(model._base_manager.filter(_any_of(names, found)).values_list(*names))
        found = [row for row in found if tuple(row[name] for name in names) not in columns]
    return found


def _any_of(names: list[str], rows: list[dict[str, Any]]) -> Q:
    return Q(**{f"{names[0]}__in": {row[names[0]] for row in rows}})
