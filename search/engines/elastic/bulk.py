"""Writes many documents to one or several indexes, and tells apart what was taken, refused, and put off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch, helpers

from portal.catalogue.models import Entry
from search.engines.base import EngineDown, Written
from search.engines.elastic.indexes import write_alias
from search.engines.elastic.mapping import document

_CHUNK_BYTES = 10 * 1024 * 1024
# The server takes nothing just now (read-only, overloaded, the index has gone): not the entry's fault.
_PUT_OFF = {403, 429, 503}

Action = dict[str, Any]


def index_actions(entries: Iterable[Entry], names: Sequence[str]) -> Iterator[Action]:
    for entry in entries:
        source = document(entry)
        for name in names:
            yield _action("index", name, entry.pk, entry.version) | {"_source": source}


def delete_actions(versions: Mapping[int, int], names: Sequence[str]) -> Iterator[Action]:
    for pk, version in versions.items():
        for name in names:
            yield _action("delete", name, pk, version)


def _action(verb: str, name: str, pk: int, version: int) -> Action:
    # An older version never replaces a newer one, whoever comes first.
    return {
        "_op_type": verb,
        "_index": write_alias(name),
        "_id": str(pk),
        "version": version,
        "version_type": "external_gte",
    }


def write(client: Elasticsearch, actions: Iterable[Action], versions: Mapping[int, int], *, refresh: bool) -> Written:
    """Entries are done when every index took them. Raises EngineDown if the server takes nothing at all.

    With `refresh` they are in what searches see before this returns; only then may the outbox forget them.
    """
    written, put_off = Written(done=dict(versions)), ""
    results = helpers.streaming_bulk(
        client,
        actions,
        chunk_size=500,
        max_chunk_bytes=_CHUNK_BYTES,
        raise_on_error=False,
        require_alias=True,
        refresh=refresh,
    )
    for good, result in results:
        (verb, item), *_rest = result.items()
        if good or _is_done(verb, item):
            continue
        pk = int(item["_id"])
        written.done.pop(pk, None)
        if _is_put_off(item):
            put_off = _reason(item)
        else:
            written.failed[pk] = _reason(item)
    if put_off and not written.done:
        raise EngineDown(put_off)
    return written


def _is_done(verb: str, item: Mapping[str, Any]) -> bool:
    """The index holds something newer, or there was nothing to delete."""
    return item["status"] == 409 or (verb == "delete" and item["status"] == 404 and "error" not in item)


def _is_put_off(item: Mapping[str, Any]) -> bool:
    return item["status"] in _PUT_OFF or (item["status"] == 404 and "error" in item)


def _reason(item: Mapping[str, Any]) -> str:
    error = item.get("error") or {}
    if not isinstance(error, dict):
        return str(error)
    cause = error.get("caused_by") or {}
    return f"{error.get('type')}: {cause.get('reason') or error.get('reason')}"
