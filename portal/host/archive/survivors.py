"""Which archived rows still have what they refer to, and what becomes of the others: as their on_delete says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from portal.catalogue.models import Entry, Topic
from portal.host.archive import store
from portal.host.archive.rows import batches, names_of
from portal.ingestion.models import Source
from portal.people.models import Department

GONE = None


class Survivors:
    """Reads the archive's rows, without those whose owner is gone and with references put right."""

    def __init__(self, name: str, manifest: dict[str, Any], brings: Collection[str] = ()) -> None:
        self.name = name
        self.parts: list[dict[str, Any]] = manifest["models"]
        # label -> id in the archive -> id now, or None; only of what is no longer there under its id.
        self.moved: dict[str, dict[Any, Any]] = defaultdict(dict)
        self.dropped: dict[str, set[Any]] = defaultdict(set)
        for part in self.parts:
            self._look_for_targets(part)
        for part in self.parts:
            if part["label"] in brings:
                self._will_be_there(part)
        while self._drop_once():
            pass

    def rows(self, part: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The columns of each row that stays."""
        references = _references(part)
        for row in store.rows(self.name, part):
            values: dict[str, Any] = row["fields"]
            if values[part["key"]] in self.dropped[part["label"]]:
                continue
            for column in references:
                values[column["name"]] = self._now(column, row)
            yield values

    def _look_for_targets(self, part: dict[str, Any]) -> None:
        references = _references(part)
        if not references:
            return
        for batch in batches(store.rows(self.name, part)):
            for column in references:
                named = {row["fields"][column["name"]]: row["refs"].get(column["name"]) for row in batch}
                archived = {pk: text for pk, text in named.items() if text is not None}
                there = names_of(column["to"], archived)
                for pk, text in archived.items():
                    if pk not in there:
                        self.moved[column["to"]][pk] = _find(column["to"], text)

    def _will_be_there(self, part: dict[str, Any]) -> None:
        """The archive itself brings these rows, under their ids, unless something else stands for them by now."""
        gone = self.moved[part["label"]]
        for row in store.rows(self.name, part):
            if gone.get(row["fields"][part["key"]]) is GONE:
                gone.pop(row["fields"][part["key"]], None)

    def _now(self, column: dict[str, Any], row: dict[str, Any]) -> Any:
        value = row["fields"][column["name"]]
        target = column["to"]
        if column["name"] in row["refs"] and value in self.moved[target]:
            return self.moved[target][value]
        return GONE if value in self.dropped[target] else value

    def _drop_once(self) -> bool:
        """Drops rows that cannot be without what is gone; whether there were any, which others may refer to."""
        found = False
        for part in self.parts:
            binding = [c for c in _references(part) if not (c["null"] and c["on_delete"] == "SET_NULL")]
            if not binding or not (any(self.moved.values()) or any(self.dropped.values())):
                continue
            dropped = self.dropped[part["label"]]
            for row in store.rows(self.name, part):
                key = row["fields"][part["key"]]
                lost = (row["fields"][c["name"]] is not None and self._now(c, row) is GONE for c in binding)
                if key not in dropped and any(lost):
                    dropped.add(key)
                    found = True
        return found


def _references(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [column for column in part["fields"] if "to" in column]


def _find(label: str, text: str) -> Any:
    """What now stands for a core row that is gone; a person who is gone is nobody, whoever has the name now."""
    if label == "people.department":
        return _nearest_department(text)
    if label == "ingestion.source":
        return Source.objects.filter(slug=text).values_list("pk", flat=True).first()
    if label == "catalogue.topic":
        return Topic.objects.filter(slug=text).values_list("pk", flat=True).first()
    if label == "catalogue.entry":
        name, _space, key = text.partition(" ")
        return Entry.objects.filter(label=name, key=key).values_list("pk", flat=True).first()
    return GONE


def _nearest_department(url_path: str) -> Any:
    """The department of this address, else the nearest above it that there is."""
    steps = url_path.split("/")
    above = ["/".join(steps[:end]) for end in range(len(steps), 0, -1)]
    found = dict(Department.objects.filter(url_path__in=above).values_list("url_path", "pk"))
    root = Department.objects.organisation()
    return next((found[path] for path in above if path in found), root.pk if root else GONE)
