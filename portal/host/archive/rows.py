"""Rows as JSON and back, without loss, and what a restore must know of their columns."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.utils.duration import duration_iso_string

T = TypeVar("T")
BATCH = 500

# How core rows are named in text beside their id, so that a restore can tell whether it is still the same one.
_NAMES = {
    "people.person": ("username",),
    "people.department": ("url_path",),
    "catalogue.entry": ("label", "key"),
    "catalogue.topic": ("slug",),
    "ingestion.source": ("slug",),
    "audience.audience": ("key",),
    "host.gate": ("key",),
}


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def fields_of(model: type[Model]) -> list[Field]:
    """The columns of the model's own table that can be written."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def describe(model: type[Model]) -> list[dict[str, Any]]:
    """Each column: name, type, whether it may be null, and of a foreign key its target and on_delete."""
    return [_describe(field) for field in fields_of(model)]


def _describe(field: Field) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": field.attname, "type": field.get_internal_type(), "null": field.null}
    if isinstance(field, ForeignKey) and field.target_field.primary_key:
        facts["to"] = field.target_field.model._meta.label_lower
        facts["on_delete"] = getattr(field.remote_field.on_delete, "__name__", "CASCADE")
    return facts


def encode(value: Any) -> Any:
    """A column's value as JSON; `decode` gives the same value back."""
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value)


def decode(field: Field, value: Any) -> Any:
    if value is None or field.get_internal_type() == "JSONField":
        return value
    if field.get_internal_type() == "BinaryField":
        return base64.b64decode(value)
    return field.to_python(value)


def names_of(label: str, ids: Iterable[Any]) -> dict[Any, str]:
    """The rows there are of these ids, each as text."""
    wanted = {pk for pk in ids if pk is not None}
    if not wanted:
        return {}
    columns = _NAMES.get(label, ("pk",))
    found = apps.get_model(label)._base_manager.filter(pk__in=wanted).values_list("pk", *columns)
    return {pk: " ".join(str(part) for part in parts) for pk, *parts in found}


def read(queryset: QuerySet[Any], own: str) -> Iterator[dict[str, Any]]:
    """The rows in the order of their keys: `fields`, and in `refs` the names of rows of other apps they refer to.

    Streamed, so that memory does not grow with the table; one query more for each target and batch.
    """
    columns = describe(queryset.model)
    names = [column["name"] for column in columns]
    outside = [c for c in columns if "to" in c and not c["to"].startswith(f"{own}.")]
    found = queryset.order_by("pk").values_list(*names).iterator(chunk_size=BATCH)
    for batch in batches(dict(zip(names, values, strict=True)) for values in found):
        texts = {c["name"]: names_of(c["to"], (row[c["name"]] for row in batch)) for c in outside}
        for row in batch:
            refs = {name: known[row[name]] for name, known in texts.items() if row[name] in known}
            yield {"fields": {name: encode(value) for name, value in row.items()}, "refs": refs}


def build(model: type[Model], values: dict[str, Any]) -> Model:
    """An instance with the archived values; columns that a later version dropped are refused before."""
    return model(**{f.attname: decode(f, values[f.attname]) for f in fields_of(model) if f.attname in values})


def insert(model: type[Model], objs: Sequence[Model]) -> None:
    """Writes rows as they are: nothing is computed (auto_now), no signal is sent."""
    fields = fields_of(model)
    size = max(1, connection.ops.bulk_batch_size(fields, list(objs)))
    for batch in batches(objs, size):
        model._base_manager.all()._insert(batch, fields=fields, using=connection.alias, raw=True)  # type: ignore[attr-defined]
