"""The life of indexes: made, filled, put behind the alias that searches ask, replaced, removed.

Every index has a second alias of its own through which it is written to, so that a write that comes too late fails
instead of making an index without a mapping.

The number at the end of a name says which index was made later. There are at most two: the one that serves, and the
one that the latest rebuild fills. Whoever starts a rebuild ends an earlier one, whether that was broken off or runs.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from search.conf import index_prefix
from search.engines.base import EngineDown
from search.engines.elastic.mapping import fingerprint, index_definition


class Superseded(EngineDown):
    """Another rebuild was started later, and goes on."""

    def __init__(self) -> None:
        super().__init__("another rebuild was started meanwhile and goes on; this one has ended")


@dataclass(frozen=True)
class State:
    """`names` of all our indexes, oldest first; `serving` is the one searches ask, if any."""

    names: tuple[str, ...]
    serving: str | None

    @property
    def filling(self) -> tuple[str, ...]:
        """Indexes that do not serve: being filled, or left by a rebuild that was broken off."""
        return tuple(name for name in self.names if name != self.serving)


def alias() -> str:
    """What searches ask."""
    return f"{index_prefix()}-entries"


def write_alias(name: str) -> str:
    return f"{name}.write"


def first() -> str:
    """The index that is filled from the outbox where none serves: one name, so that two beginners make one index."""
    return _name(0)


def _name(number: int) -> str:
    return f"{alias()}-{number:016d}"


def state(client: Elasticsearch) -> State:
    try:
        found = client.indices.get_alias(index=f"{alias()}-*", expand_wildcards="open")
    except NotFoundError:
        return State((), None)
    names = tuple(sorted(found))
    serving = [name for name in names if alias() in found[name]["aliases"]]
    return State(names, serving[-1] if serving else None)


def create(client: Elasticsearch) -> str:
    """A new, empty index that is written to from now on, but not yet searched; it takes the place of one being filled.

    Raises Superseded if another one is made at this very moment.
    """
    before = state(client)
    newest = max((_number(name) for name in before.names), default=0)
    name = _name(max(time.time_ns() // 1000, newest + 1))  # whatever the clocks of other machines say
    if not _create(client, name):
        raise Superseded
    now = state(client)
    remove(client, [other for other in now.filling if other < name])
    if any(other > name for other in now.names):
        remove(client, [name])
        raise Superseded
    return name


def create_first(client: Elasticsearch) -> None:
    """The index that is filled from the outbox, if it is not there yet."""
    _create(client, first())


def _number(name: str) -> int:
    number = name.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def age(name: str) -> float:
    """Seconds since the index was made."""
    return time.time() - _number(name) / 1_000_000


def _create(client: Elasticsearch, name: str) -> bool:
    """False if there is one of this name."""
    definition = index_definition()
    try:
        client.indices.create(
            index=name,
            settings=definition["settings"],
            mappings=definition["mappings"],
            aliases={write_alias(name): {}},
            wait_for_active_shards="1",
        )
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise
        return False
    return True


def ensure_latest(client: Elasticsearch, name: str) -> None:
    """Raises Superseded if a later rebuild began, or has removed this index."""
    names = state(client).names
    if name not in names or names[-1] != name:
        raise Superseded


def serve(client: Elasticsearch, name: str) -> None:
    """Searches ask this index from now on, in one step, and earlier ones of ours are removed with it.

    Raises Superseded if it is gone.
    """
    try:
        client.indices.refresh(index=name)
        earlier = [other for other in state(client).names if other < name]
        actions: list[dict[str, dict[str, str]]] = [{"add": {"index": name, "alias": alias()}}]
        actions += [{"remove_index": {"index": other}} for other in earlier]
        client.indices.update_aliases(actions=actions)
    except NotFoundError as error:
        raise Superseded from error


def remove(client: Elasticsearch, names: Iterable[str]) -> None:
    """Removes indexes; one that is gone already, or goes at this very moment, is no error."""
    for name in names:
        with contextlib.suppress(NotFoundError):
            client.indices.delete(index=name)


def drop(client: Elasticsearch) -> None:
    """Removes all indexes of this installation."""
    remove(client, state(client).names)


def outdated(client: Elasticsearch, name: str) -> bool:
    """Whether the index was made from another definition than today's."""
    mapping = client.indices.get_mapping(index=name)[name]["mappings"]
    return mapping.get("_meta", {}).get("definition") != fingerprint()
