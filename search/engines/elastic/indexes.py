"""The life of indexes: made, filled, put behind the alias that searches ask, replaced, removed.

Every index has a second alias of its own through which it is written to, so that a write that comes too late fails
instead of making an index without a mapping.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from elasticsearch import Elasticsearch, NotFoundError

from search.conf import index_prefix
from search.engines.elastic.mapping import fingerprint, index_definition


@dataclass(frozen=True)
class State:
    """`names` of all our indexes, oldest first; `serving` is the one searches ask, if any."""

    names: tuple[str, ...]
    serving: str | None


def alias() -> str:
    """What searches ask."""
    return f"{index_prefix()}-entries"


def write_alias(name: str) -> str:
    return f"{name}.write"


def state(client: Elasticsearch) -> State:
    try:
        found = client.indices.get_alias(index=f"{alias()}-*", expand_wildcards="open")
    except NotFoundError:
        return State((), None)
    names = tuple(sorted(found))
    serving = [name for name in names if alias() in found[name]["aliases"]]
    return State(names, serving[-1] if serving else None)


def create(client: Elasticsearch) -> str:
    """A new, empty index that is written to from now on, but not yet searched."""
    name = f"{alias()}-{time.time_ns() // 1000}"
    definition = index_definition()
    client.indices.create(
        index=name,
        settings=definition["settings"],
        mappings=definition["mappings"],
        aliases={write_alias(name): {}},
        wait_for_active_shards="1",
    )
    return name


def serve(client: Elasticsearch, name: str) -> None:
    """Searches ask this index from now on, in one step; all others of ours are removed."""
    client.indices.refresh(index=name)
    others = [other for other in state(client).names if other != name]
    actions: list[dict[str, dict[str, str]]] = [{"add": {"index": name, "alias": alias()}}]
    actions += [{"remove_index": {"index": other}} for other in others]
    client.indices.update_aliases(actions=actions)


def drop(client: Elasticsearch) -> None:
    """Removes all indexes of this installation."""
    names = state(client).names
    if names:
        client.indices.delete(index=",".join(names), ignore_unavailable=True)


def outdated(client: Elasticsearch, name: str) -> bool:
    """Whether the index was made from another definition than today's."""
    mapping = client.indices.get_mapping(index=name)[name]["mappings"]
    return mapping.get("_meta", {}).get("definition") != fingerprint()
