"""What is known of each item, read and written in the portions of a run."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from portal.ingestion.models import Record, Source

# A run writes as many of these rows as the plugin does of its own. As one document instead of rows of models with five
# parameters each they take a run of 40,000 readings from 8.9 to 6.9 CPU seconds (PostgreSQL, bench/ingest.py).
_PAIRS = {"postgresql": "jsonb_each_text(%s::jsonb)", "sqlite": "json_each(%s)"}
_UPSERT = """
INSERT INTO {table} (source_id, external_id, content_hash, delivered_at, missing_since)
SELECT {source}, key, value, {moment}, NULL FROM {pairs} WHERE true
ON CONFLICT (source_id, external_id) DO UPDATE SET
content_hash = EXCLUDED.content_hash, delivered_at = EXCLUDED.delivered_at, missing_since = NULL
"""
_CASTS = {"postgresql": ("%s::bigint", "%s::timestamptz"), "sqlite": ("%s", "%s")}


def known(source: Source, names: Collection[str]) -> dict[str, Any]:
    """The records of these items by name; light rows, since most of them only say that nothing changed."""
    rows = Record.objects.filter(source=source, external_id__in=names)
    columns = ("external_id", "pk", "content_hash", "delivered_at", "missing_since")
    return {row.external_id: row for row in rows.values_list(*columns, named=True)}


def remember(source: Source, hashes: Mapping[str, str], delivered_at: datetime) -> None:
    """These items are there as of this moment, with these contents (name -> hash). One statement."""
    if not hashes:
        return
    source_cast, moment_cast = _CASTS[connection.vendor]
    statement = _UPSERT.format(
        table=connection.ops.quote_name(Record._meta.db_table),
        source=source_cast,
        moment=moment_cast,
        pairs=_PAIRS[connection.vendor],
    )
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(delivered_at)
        cursor.execute(statement, [source.pk, moment, json.dumps(dict(hashes))])
