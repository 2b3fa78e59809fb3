"""Writes many documents to one or several indexes, and tells apart what was taken, refused, and put off."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch, helpers

from portal.catalogue.models import Entry
from search.engines.base import EngineDown, Written
from search.engines.elastic.indexes import write_alias
from search.engines.elastic.mapping import document

logger = logging.getLogger(__name__)

_CHUNK = 500  # actions in one request
_CHUNK_BYTES = 10 * 1024 * 1024
# The server takes nothing just now (read-only, overloaded, the index has gone): not the entry's fault.
_PUT_OFF = {403, 429, 503}
_TOO_LARGE = 413
_REFUSED_AS_A_WHOLE = {400, _TOO_LARGE}

Action = dict[str, Any]


def index_actions(entries: Iterable[Entry], names: Sequence[str], refused: dict[int, str]) -> Iterator[Action]:
    """One for each index. An entry of which no document can be made is told in `refused`, and costs only itself."""
    for entry in entries:
        try:
            source = document(entry)
        except Exception as error:
            logger.exception("no document can be made of entry %s", entry.pk)
            refused[entry.pk] = f"no document can be made of it: {type(error).__name__}: {error}"
            continue
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


def index(client: Elasticsearch, entries: Sequence[Entry], names: Sequence[str], *, refresh: bool = True) -> Written:
    """Puts live entries into each index. Raises EngineDown if the server takes nothing at all."""
    refused: dict[int, str] = {}
    actions = index_actions(entries, names, refused)
    return write(client, actions, {entry.pk: entry.version for entry in entries}, refresh=refresh, refused=refused)


def delete(client: Elasticsearch, versions: Mapping[int, int], names: Sequence[str]) -> Written:
    """Takes entries (id -> version that is no longer live) out of each index. Raises EngineDown as `index` does."""
    return write(client, delete_actions(versions, names), versions, refresh=True, refused={})


def write(
    client: Elasticsearch,
    actions: Iterable[Action],
    versions: Mapping[int, int],
    *,
    refresh: bool,
    refused: dict[int, str],
) -> Written:
    """Entries are done when every index took them.

    With `refresh` they are in what searches see before this returns; only then may the outbox forget them.
    """
    put_off: dict[int, str] = {}
    for verb, item in _results(client, actions, _CHUNK, refresh=refresh):
        if _is_done(verb, item):
            continue
        kept = put_off if _is_put_off(item) else refused
        kept[int(item["_id"])] = _reason(item)
    done = {pk: version for pk, version in versions.items() if pk not in refused and pk not in put_off}
    if put_off and not done and not refused:
        raise EngineDown(next(iter(put_off.values())))
    return Written(done, refused)


def _results(
    client: Elasticsearch, actions: Iterable[Action], size: int, *, refresh: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What became of each action. A request that the server refuses as a whole is sent again in ever smaller parts,
    until only those are refused that are to blame."""
    again: list[Action] = []
    results = helpers.streaming_bulk(
        client,
        actions,
        chunk_size=size,
        max_chunk_bytes=_CHUNK_BYTES,
        raise_on_error=False,
        raise_on_exception=False,
        require_alias=True,
        refresh=refresh,
    )
    for _good, result in results:
        ((verb, item),) = result.items()
        error = item.pop("exception", None)
        if error is not None and item["status"] not in _REFUSED_AS_A_WHOLE:
            raise error
        if error is not None and size > 1:
            again.append(_same(verb, item))
        else:
            yield verb, item
    if again:
        yield from _results(client, again, max(1, min(size, len(again)) // 2), refresh=refresh)


def _same(verb: str, item: dict[str, Any]) -> Action:
    """The action of which `item` tells that it was not carried out."""
    kept = {name: item[name] for name in ("_index", "_id", "version", "version_type")}
    return {"_op_type": verb, **kept} | ({"_source": item["data"]} if "data" in item else {})


def _is_done(verb: str, item: Mapping[str, Any]) -> bool:
    """Taken, or the index holds something newer, or there was nothing to delete."""
    if item["status"] < 300 or item["status"] == 409:
        return True
    return verb == "delete" and item["status"] == 404 and "error" not in item


def _is_put_off(item: Mapping[str, Any]) -> bool:
    return item["status"] in _PUT_OFF or (item["status"] == 404 and "error" in item)


def _reason(item: Mapping[str, Any]) -> str:
    if item["status"] == _TOO_LARGE:
        return "its document is larger than the server takes (http.max_content_length)"
    error = item.get("error") or {}
    if not isinstance(error, dict):
        return str(error)
    cause = error.get("caused_by") or {}
    return f"{error.get('type')}: {cause.get('reason') or error.get('reason')}"
