from __future__ import annotations

from django.contrib.postgres.search import SearchVectorField
from django.db import models

from search.seeking.models import Figure, Measure, Round, Sought, Tally

__all__ = ["Document", "Figure", "Measure", "Round", "Sought", "Tally"]


class Document(models.Model):
    """An entry in the database engine's index, and the version of it that is indexed.

    On PostgreSQL the words are in `vector`; on SQLite they are in the FTS5 table search_index under the same number,
    where a trigger deletes them together with this row.
    """

    entry_id = models.BigIntegerField(primary_key=True)  # no foreign key: the index may lag behind
    version = models.BigIntegerField()
    vector = SearchVectorField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.entry_id} v{self.version}"
