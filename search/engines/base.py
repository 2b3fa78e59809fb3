"""What an engine is: an index that is kept up to date from the outbox, and answers queries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import QuerySet

from portal.catalogue import outbox
from portal.catalogue.models import Entry
from search import queue
from search.beginnings import Beginnings, Begun
from search.facets import Counts
from search.query import SearchRequest
from search.terms import Query


class EngineDown(Exception):
    """The engine does not answer, or has nothing to answer with yet. `reader_text` says it to the person."""

    def __init__(self, reason: str, reader_text: str = "") -> None:
        super().__init__(reason)
        self.reader_text = reader_text


@dataclass(frozen=True)
class Found:
    """`ids` in order of `scores`, a page of `total` matches; `counts` as in search.facets.

    `exact`: False where `total` and `counts` are lower bounds. `similar`: nothing is written as it was sought, these
    are words like it.
    """

    ids: Sequence[int]
    scores: Sequence[float]
    total: int
    counts: Counts
    exact: bool = True
    similar: bool = False


@dataclass
class Written:
    """What the index acknowledged (entry id -> version) and what it refused (entry id -> why).

    What is in neither was put off: the server could not take it just now.
    """

    done: dict[int, int] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Status:
    """`documents` in the index; `ready`: it can answer; `outdated`: it was made from another definition than today's.

    `waiting`, `postponed`, `oldest_seconds` as in portal.catalogue.outbox.Lag; `refused`: some of what was postponed.
    `error`: why the engine does not answer, if it does not.
    """

    engine: str
    ready: bool
    documents: int
    waiting: int
    postponed: int = 0
    oldest_seconds: float = 0.0
    outdated: bool = False
    note: str = ""
    refused: Sequence[queue.Refused] = ()
    error: str = ""


@dataclass
class Verified:
    """Of `compared` entries how many the index lacked (`missing`), held in another version (`behind`, or `ahead` of
    the catalogue) or with another content (`different`); and how many documents it held of no live entry (`foreign`).

    All of these were queued or removed, so the index is right once nothing waits. `contents`: whether contents were
    compared too; an engine may know versions only.
    """

    engine: str
    compared: int = 0
    missing: int = 0
    behind: int = 0
    ahead: int = 0
    different: int = 0
    foreign: int = 0
    contents: bool = False

    @property
    def differed(self) -> int:
        return self.missing + self.behind + self.ahead + self.different + self.foreign

    def facts(self) -> dict[str, Any]:
        return asdict(self) | {"differed": self.differed}


class Engine(ABC):
    """One search engine. Only live entries are in its index; what a reader may see is decided with each query."""

    name: str
    batch = 500

    @abstractmethod
    def search(self, query: Query, request: SearchRequest) -> Found:
        """One page of matches the person may see. Raises EngineDown."""

    @abstractmethod
    def suggest(self, asked: Beginnings) -> Begun:
        """What the person may see that begins with what is typed. Raises EngineDown."""

    @abstractmethod
    def explain(
        self, query: Query, request: SearchRequest, found: Found, products: Mapping[int, float]
    ) -> dict[int, dict[str, float]]:
        """Of the entries in `products` (id -> all its weights multiplied) what added to the score: name -> number.

        Names are those of search.explain. Raises EngineDown.
        """

    @abstractmethod
    def index(self, entries: Sequence[Entry]) -> Written:
        """Puts live entries into the index. Raises EngineDown."""

    @abstractmethod
    def delete(self, versions: Mapping[int, int]) -> Written:
        """Takes entries out of the index: id -> the version that is no longer live. Raises EngineDown."""

    def behind(self) -> str:
        """What to tell readers if the index is so late that they may miss something; else nothing."""
        return ""

    @abstractmethod
    def rebuild(self) -> int:
        """Fills the index anew from the catalogue while search goes on; the number of entries in it."""

    @abstractmethod
    def verify(self) -> Verified:
        """Compares every entry with the index and queues what differs, in bounded memory. Raises EngineDown."""

    @abstractmethod
    def status(self) -> Status:
        """For the command and for operations; never raises."""

    def _status(
        self, *, ready: bool, documents: int = 0, note: str = "", outdated: bool = False, error: str = ""
    ) -> Status:
        lag = outbox.lags().get(self.name, outbox.Lag())
        return Status(
            self.name,
            ready,
            documents,
            lag.waiting,
            lag.postponed,
            lag.oldest_seconds,
            outdated,
            note,
            queue.refused(self.name) if lag.postponed else (),
            error,
        )

    def drain(self, limit: int | None = None) -> int:
        """Takes over what waits in the outbox, one batch; how many rows were dealt with. Raises EngineDown."""
        rows = queue.waiting(self.name, limit or self.batch)
        return self._take_over(rows) if rows else 0

    def _take_over(self, rows: Mapping[int, queue.Waiting]) -> int:
        live, gone = split(rows)
        written = self.index(live) if live else Written()
        if gone:
            removed = self.delete(gone)
            written.done.update(removed.done)
            written.failed.update(removed.failed)
        queue.acknowledge(self.name, written.done)
        queue.postpone(self.name, written.failed)
        return len(written.done) + len(written.failed)


def split(rows: Mapping[int, queue.Waiting]) -> tuple[list[Entry], dict[int, int]]:
    """The entries to index, and id -> version of those to take out."""
    entries = Entry.objects.filter(pk__in=list(rows)).select_related("author").order_by("pk")
    live, gone = [], {pk: row.version for pk, row in rows.items()}
    for entry in entries:
        if entry.state == Entry.State.LIVE and entry.chain_live:
            live.append(entry)
            del gone[entry.pk]
        else:
            # The index may hold a later version than a restored catalogue knows.
            gone[entry.pk] = max(entry.version, gone[entry.pk])
    return live, gone


def indexable() -> QuerySet[Entry]:
    """What belongs into an index: live entries, whenever they are to be seen."""
    return Entry.objects.filter(state=Entry.State.LIVE, chain_live=True)
