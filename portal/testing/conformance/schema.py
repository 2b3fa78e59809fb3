"""Migrations lead from nothing to the models, and back."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from portal.testing.conformance.kit import Kit
from portal.testing.conformance.rows import own_models

Columns = dict[str, set[str]]


class Schema(Kit):
    @pytest.fixture
    def open_database(self, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
        """The database without a transaction around it, for tables are made and dropped; all of them are back after."""
        with django_db_blocker.unblock():
            try:
                yield
            finally:
                call_command("migrate", verbosity=0, interactive=False)

    def test_its_migrations_match_its_models(self, db: None) -> None:
        label, said = self.installed.config.label, StringIO()
        try:
            call_command("makemigrations", label, check=True, dry_run=True, stdout=said)
        except SystemExit as drift:
            raise AssertionError(f"the models are ahead of the migrations:\n{said.getvalue()}") from drift
        assert columns(self.tables()) == self.wanted()

    def test_its_migrations_lead_from_zero_to_the_models_and_back(self, open_database: None) -> None:
        label, tables = self.installed.config.label, self.tables()
        if not tables:
            return  # no models: nothing migrates
        call_command("migrate", label, "zero", verbosity=0, interactive=False)
        assert columns(tables) == {}, "tables are left when the plugin is migrated to zero"
        call_command("migrate", label, verbosity=0, interactive=False)
        assert columns(tables) == self.wanted()

    def tables(self) -> list[str]:
        return [model._meta.db_table for model in own_models(self.plugin)]

    def wanted(self) -> Columns:
        models = own_models(self.plugin)
        return {m._meta.db_table: {str(field.column) for field in m._meta.local_concrete_fields} for m in models}


def columns(tables: list[str]) -> Columns:
    """Of those tables that there are."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor)) & set(tables)
        described = {table: connection.introspection.get_table_description(cursor, table) for table in there}
    return {table: {column.name for column in found} for table, found in described.items()}
