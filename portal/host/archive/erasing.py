"""A person leaves the archives: by what the manifest says of its columns, without any of the plugin's code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import transaction

from portal.audit import record
from portal.catalogue.actions import remove_many
from portal.catalogue.models import Entry
from portal.host.archive import store
from portal.host.archive.store import Part
from portal.host.models import Archive
from portal.timeline.models import Activity

if TYPE_CHECKING:
    from portal.people.models import Person

ENTRY = "catalogue.entry"
PERSON = "people.person"


class _Marks:
    """What of an archive concerns the person: rows to drop, and values to put into others."""

    def __init__(self, name: str, manifest: dict[str, Any], person: Person) -> None:
        self.name, self.parts, self.person = name, manifest["models"], person
        self.actions: dict[str, dict[str, Any]] = manifest["person_columns"]
        self.drop: dict[str, set[Any]] = defaultdict(set)
        self.change: dict[str, dict[Any, dict[str, Any]]] = defaultdict(dict)
        for part in self.parts:
            self._mark_own(part)
        while self._drop_below():
            pass
        self._mark_entries()
        while self._drop_below():
            pass

    @property
    def rows(self) -> int:
        """How many of the plugin's own rows."""
        own = {part["label"] for part in self.parts if part["kind"] == "plugin"}
        return sum(len(self.drop[label]) + len(self.change[label]) for label in own)

    def apply(self, part: dict[str, Any]) -> Iterator[dict[str, Any]]:
        drop, change = self.drop[part["label"]], self.change[part["label"]]
        gone = [c for c in part["fields"] if c.get("on_delete") == "SET_NULL" and c["to"] in self.drop]
        for row in store.rows(self.name, part):
            values, key = row["fields"], row["fields"][part["key"]]
            if key in drop:
                continue
            values.update(change.get(key, {}))
            for column in gone:
                if values[column["name"]] in self.drop[column["to"]]:
                    values[column["name"]] = None
            row["refs"] = {name: text for name, text in row["refs"].items() if values[name] is not None}
            yield row

    def _mark_own(self, part: dict[str, Any]) -> None:
        """Rows of the plugin by its person columns; of the core's, a foreign key to a person is emptied."""
        label = part["label"]
        if part["kind"] == "plugin":
            actions = self.actions.get(label, {})
        else:
            actions = {c["name"]: "null" for c in part["fields"] if c.get("to") == PERSON}
        if not actions:
            return
        for row in store.rows(self.name, part):
            for column, action in actions.items():
                if row["fields"].get(column) == self.person.pk:
                    self._mark(label, row["fields"][part["key"]], column, action)

    def _mark(self, label: str, key: Any, column: str, action: Any) -> None:
        if action == "drop":
            self.drop[label].add(key)
            return
        values = {column: None} | (action if isinstance(action, dict) else {})
        self.change[label].setdefault(key, {}).update(values)

    def _drop_below(self) -> bool:
        """Rows that cannot be without one that is dropped."""
        found = False
        for part in self.parts:
            binding = [c for c in part["fields"] if self.drop.get(c.get("to", "")) and c["on_delete"] != "SET_NULL"]
            if not binding:
                continue
            dropped = self.drop[part["label"]]
            for row in store.rows(self.name, part):
                key = row["fields"][part["key"]]
                if key not in dropped and any(row["fields"][c["name"]] in self.drop[c["to"]] for c in binding):
                    dropped.add(key)
                    found = True
        return found

    def _mark_entries(self) -> None:
        """What was catalogued of a row that is dropped or emptied says too much; it is dropped as well."""
        touched = {(label, str(pk)) for label, keys in self.drop.items() for pk in keys}
        for label, changes in self.change.items():
            touched |= {(label, str(pk)) for pk, values in changes.items() if len(values) > 1}
        part = next(part for part in self.parts if part["label"] == ENTRY)
        for row in store.rows(self.name, part):
            if (row["fields"]["label"], row["fields"]["key"]) in touched:
                self.drop[ENTRY].add(row["fields"][part["key"]])

    def touched(self) -> dict[str, list[str]]:
        """The keys of the entries to remove, by label."""
        part = next(part for part in self.parts if part["label"] == ENTRY)
        found: dict[str, list[str]] = defaultdict(list)
        for row in store.rows(self.name, part):
            if row["fields"]["id"] in self.drop[ENTRY]:
                found[row["fields"]["label"]].append(row["fields"]["key"])
        return found


@transaction.atomic
def erase(archive: Archive, person: Person, *, acting_person: Person | None) -> int:
    """Rewrites the archive without the person; how many of the plugin's rows were dropped or emptied.

    A new file with a new checksum takes the place of the old one when the transaction has committed. Of a retired
    plugin the hidden entries go too. Raises ArchiveError for a file that is damaged or cannot be written.
    """
    archive = Archive.objects.select_for_update().get(pk=archive.pk)  # two erasures go one after the other
    manifest = store.verify(archive.path, archive.sha256)
    marks = _Marks(archive.path, manifest, person)
    if not any(marks.drop.values()) and not any(marks.change.values()):
        return 0
    head = {name: value for name, value in manifest.items() if name not in ("models", "format")}
    name, old = store.new_name(archive.plugin, archive.version), archive.path
    with store.unless_undone(name), transaction.atomic():
        parts = [Part(p["path"], _facts(p), marks.apply(p)) for p in manifest["models"]]
        written = store.write(name, head, parts)
        archive.path, archive.sha256 = name, store.checksum(name)
        store.verify(name, archive.sha256)
        archive.rows = {part["label"]: part["rows"] for part in written["models"]}
        archive.save(update_fields=["path", "sha256", "rows", "changed_at"])
        if archive.state == Archive.State.RETIRED:
            for label, keys in marks.touched().items():
                remove_many(label, keys)
            Entry.objects.filter(plugin=archive.plugin, author=person).update(author=None)
            Activity.objects.filter(entry__plugin=archive.plugin, actor=person).update(actor=None)
        record("person.erase", archive, acting_person=acting_person, data={"rows": marks.rows})
        transaction.on_commit(lambda: (store.folder() / old).unlink(missing_ok=True))
    return marks.rows


def _facts(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in ("path", "rows", "sha256")}


def held(archive: Archive, person: Person) -> dict[str, list[dict[str, Any]]]:
    """The rows of the archive that concern the person, by model."""
    manifest = store.verify(archive.path, archive.sha256)
    found: dict[str, list[dict[str, Any]]] = {}
    for part in manifest["models"]:
        columns = manifest["person_columns"].get(part["label"], {})
        if columns and part["kind"] == "plugin":
            rows = (row["fields"] for row in store.rows(archive.path, part))
            mine = [row for row in rows if any(row.get(column) == person.pk for column in columns)]
            if mine:
                found[part["label"]] = mine
    return found
