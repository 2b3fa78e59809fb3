"""The tables of a plugin: which migrations they are at, how to bring them elsewhere, to lock and to empty them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model
from django.utils.translation import gettext as _

from portal.host.registry import Installed


def models_of(plugin: Installed) -> list[type[Model]]:
    """The models with a table of their own, those between two others included."""
    found = plugin.config.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def have_tables(models: Iterable[type[Model]]) -> bool:
    present = set(connection.introspection.table_names())
    return all(model._meta.db_table in present for model in models)


def hold_rows(models: Iterable[type[Model]]) -> bool:
    return any(model._base_manager.exists() for model in models)


def applied(label: str) -> list[str]:
    """Names of the app's migrations that the database has, in order."""
    done = MigrationRecorder(connection).applied_migrations()
    return sorted(name for app, name in done if app == label)


def lock(models: Iterable[type[Model]]) -> None:
    """Until the transaction ends nobody writes to these tables; reading goes on. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in models:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


def empty(models: Iterable[type[Model]]) -> None:
    """Deletes all rows without signals; foreign keys between them are checked when the transaction ends."""
    for model in models:
        model._base_manager.all()._raw_delete(connection.alias)


def migrate(label: str, target: str | None = None) -> None:
    """Brings the app's tables to a migration ("zero" drops them), by default to the newest. Outside transactions.

    Does nothing, and so works inside a transaction too, if they are there already.
    """
    executor = MigrationExecutor(connection)
    if target is None:
        nodes = executor.loader.graph.leaf_nodes(label)
    else:
        nodes = [(label, None if target == "zero" else target)]
    if executor.migration_plan(nodes):
        call_command("migrate", label, *([target] if target else []), verbosity=0, interactive=False)


def archived_models(label: str, names: list[str]) -> tuple[str | None, Any]:
    """What the archived tables were: the migration to go to (None: the newest) and the registry of their models.

    Raises ValidationError if the installed version does not know a migration of the archive.
    """
    loader = MigrationExecutor(connection).loader
    known = {name for app, name in loader.graph.nodes if app == label}
    if missing := [name for name in names if name not in known]:
        raise ValidationError(
            _("The installed version does not know %(names)s: install the version the archive was made with, or newer.")
            % {"names": ", ".join(missing)}
        )
    if known == set(names) or not names:
        return None, apps
    parents = {parent.key for name in names for parent in loader.graph.node_map[(label, name)].parents}
    last = next(name for name in reversed(names) if (label, name) not in parents)
    return last, loader.project_state((label, last)).apps


def sequence_of(model: type[Model]) -> int | None:
    """The highest key the table ever gave; None where keys are not numbered."""
    if not _numbered(model):
        return None
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        else:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table}"', model._meta.pk.column])
            cursor.execute(f"SELECT last_value FROM {cursor.fetchone()[0]} WHERE is_called")  # noqa: S608
        row = cursor.fetchone()
    return row[0] if row else 0


def set_sequence(model: type[Model], value: int) -> None:
    """Keys go on above `value`: the key of a deleted row, which others may remember, is never given again."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)
        if not value:
            return
        if connection.vendor == "sqlite":
            cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [value, table])
            if not cursor.rowcount:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, value])
        else:
            quoted = connection.ops.quote_name(table)
            column = connection.ops.quote_name(model._meta.pk.column or "")
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), "  # noqa: S608
                f"GREATEST(%s, (SELECT COALESCE(MAX({column}), 1) FROM {quoted})))",
                [f'"{table}"', model._meta.pk.column, value],
            )


def _numbered(model: type[Model]) -> bool:
    return model._meta.pk.get_internal_type() in ("AutoField", "BigAutoField", "SmallAutoField")
