"""Membership in a list of ids, as one array parameter on PostgreSQL.

A reader may have 900 audiences; as 900 literals PostgreSQL spends more time planning than reading.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Lookup
from django.db.models.sql.compiler import SQLCompiler


class _Ids(Lookup):
    prepare_rhs = False
    in_list, in_array = "", ""

    @classmethod
    def of(cls, column: str, ids: Collection[int]) -> _Ids:
        return cls(F(column), sorted(ids))

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        if not self.rhs:
            raise EmptyResultSet
        lhs, params = self.process_lhs(compiler, connection)
        marks = ", ".join(["%s"] * len(self.rhs))
        return f"{lhs} {self.in_list} ({marks})", [*params, *self.rhs]

    def as_postgresql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} {self.in_array}(%s::bigint[])", [*params, self.rhs]


class AnyOf(_Ids):
    """`filter(AnyOf.of("audience_id", ids))`: the column holds one of the ids; none if there are none."""

    lookup_name = "any_of"
    in_list, in_array = "IN", "= ANY"


class NoneOf(_Ids):
    """The column holds none of the ids, of which there must be some."""

    lookup_name = "none_of"
    in_list, in_array = "NOT IN", "<> ALL"
