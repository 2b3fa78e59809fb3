"""What belongs into the archive of a plugin: its own tables, and what the core holds for it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.utils import timezone

from portal.catalogue.models import Entry, EntryFile, EntryTopic
from portal.host.archive import schema
from portal.host.archive.rows import describe, read
from portal.host.archive.store import Part
from portal.host.models import Grant, PluginSettings, Rule
from portal.host.registry import Installed, module_of
from portal.ingestion.models import Record, Source
from portal.timeline.models import Activity

OWN, CORE = "plugin", "core"


def own_parts(plugin: Installed) -> Iterator[Part]:
    """The plugin's tables, each with the highest key it ever gave."""
    for model in schema.models_of(plugin):
        facts = {"sequence": schema.sequence_of(model)}
        yield _part(OWN, model._base_manager.all(), plugin.config.label, facts)


def core_parts(plugin: Installed) -> Iterator[Part]:
    """Rules, settings, grants, sources with what is known of their items, entries and activities."""
    slug = plugin.slug
    held: list[QuerySet[Any]] = [
        Rule.objects.filter(plugin=slug),
        PluginSettings.objects.filter(plugin=slug),
        Grant.objects.filter(plugin=slug),
        Source.objects.filter(plugin=slug),
        Record.objects.filter(source__plugin=slug),
        Entry.objects.filter(plugin=slug),
        EntryTopic.objects.filter(entry__plugin=slug),
        EntryFile.objects.filter(entry__plugin=slug),
        Activity.objects.filter(entry__plugin=slug),
    ]
    for queryset in held:
        yield _part(CORE, queryset, "-", {})


def _part(kind: str, queryset: QuerySet[Any], own: str, facts: dict[str, Any]) -> Part:
    meta = queryset.model._meta
    described = {
        "kind": kind,
        "label": meta.label_lower,
        "table": meta.db_table,
        "key": meta.pk.attname,
        "fields": describe(queryset.model),
    }
    return Part(f"{kind}/{meta.label_lower}.jsonl", described | facts, read(queryset, own))


def head(plugin: Installed) -> dict[str, Any]:
    """The manifest without its models."""
    label = plugin.config.label
    return {
        "made": timezone.now().isoformat(),
        "plugin": plugin.slug,
        "version": plugin.manifest.version,
        "folkmoot": version("folkmoot"),
        "app": label,
        "migrations": schema.applied(label),
        "person_columns": person_columns(plugin),
        "permissions": _permissions(label),
    }


def person_columns(plugin: Installed) -> dict[str, dict[str, Any]]:
    """Columns that hold a person's id, by model, and what erasing the person does to the archived row.

    "drop" (unless the plugin says otherwise) removes it, "null" empties the column, {column: value} empties it and
    sets those. The plugin says so in `person_columns` of its privacy module.
    """
    found: dict[str, dict[str, Any]] = {}
    for model in schema.models_of(plugin):
        columns = {c["name"]: "drop" for c in describe(model) if c.get("to") == _user_label()}
        if columns:
            found[model._meta.label_lower] = columns
    declared = getattr(module_of(plugin, "privacy"), "person_columns", {})
    for label, columns in declared.items():
        found.setdefault(label, {}).update(columns)
    return found


def _user_label() -> str:
    model: type[Model] = get_user_model()
    return model._meta.label_lower


def _permissions(label: str) -> list[dict[str, Any]]:
    """Who was given Django's permissions on the plugin's models: groups by name."""
    found = Permission.objects.filter(content_type__app_label=label).select_related("content_type")
    return [
        {
            "model": permission.content_type.model,
            "codename": permission.codename,
            "groups": sorted(permission.group_set.values_list("name", flat=True)),
        }
        for permission in found.prefetch_related("group_set")
    ]
