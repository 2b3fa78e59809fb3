"""All rows there are of a plugin: its own tables, and what the core holds for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet

from portal.catalogue.models import Entry
from portal.host.archive.schema import models_of
from portal.host.models import Archive, Rule, Trouble
from portal.host.registry import registry

# What switching, failing and archiving themselves write down.
BOOKS = (Rule, Trouble, Archive)
MOST = 12

Rows = dict[str, list[dict[str, Any]]]


def own_models(slug: str) -> list[type[Model]]:
    return models_of(registry.all()[slug])


def held_for(slug: str) -> Iterator[QuerySet[Any]]:
    """Rows of any other model that name the plugin in a column `plugin` or refer to an entry of it."""
    own = own_models(slug)
    for model in apps.get_models(include_auto_created=True):
        if model in own or model in BOOKS or not model._meta.managed:
            continue
        if any(field.name == "plugin" for field in model._meta.concrete_fields):
            yield model._base_manager.filter(plugin=slug)
            continue
        for field in model._meta.concrete_fields:
            if field.related_model is Entry:
                yield model._base_manager.filter(**{f"{field.name}__plugin": slug})


def rows_of(slug: str, *, without: frozenset[str] = frozenset()) -> Rows:
    """By model; `without` names columns that may differ."""
    querysets = [*(model._base_manager.all() for model in own_models(slug)), *held_for(slug)]
    found: Rows = {}
    for queryset in querysets:
        meta = queryset.model._meta
        names = [meta.pk.attname, *(f.attname for f in meta.concrete_fields if not f.primary_key)]
        kept = [name for name in names if name not in without]
        found.setdefault(meta.label, []).extend(queryset.order_by("pk").values(*kept))
    return found


def same(before: Rows, after: Rows) -> None:
    """Fails with what has changed, row by row and column by column."""
    found = [line for label in before for line in _differences(label, before[label], after.get(label, []))]
    assert not found, "rows have changed: " + "; ".join(found[:MOST])


def _differences(label: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[str]:
    key = next(iter((before or after or [{"": None}])[0]))
    old, new = ({row[key]: row for row in rows} for rows in (before, after))
    for pk in old.keys() | new.keys():
        if pk not in new or pk not in old:
            yield f"{label} {pk} is {'gone' if pk in old else 'new'}"
            continue
        for column, value in old[pk].items():
            if new[pk][column] != value:
                yield f"{label} {pk} {column}: {value!r} -> {new[pk][column]!r}"


def keys_around(slug: str) -> list[str]:
    """Numbers that an address of the plugin may mean: its newest rows, their entries and what those are about."""
    keys: list[Any] = []
    for model in own_models(slug):
        keys += model._base_manager.order_by("-pk").values_list("pk", flat=True)[:MOST]
    newest = Entry.objects.filter(plugin=slug).order_by("-pk")
    for pk, subject in newest.values_list("pk", "subject")[:MOST]:
        keys += [pk, subject]
    return list(dict.fromkeys(str(key) for key in keys if isinstance(key, int)))
