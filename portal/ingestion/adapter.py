"""The contract of an adapter: how one format becomes items, and how items become rows of a plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import _StrPromise as StrPromise

    from portal.ingestion.models import Source, WriteBack
    from portal.ingestion.signing import Signed
    from portal.ingestion.transports.settings import TransportSettings
    from portal.ingestion.write_back import Operation
    from portal.ingestion.write_back_http import Channel
    from portal.people.models import Person


class Item(BaseModel):
    """One delivered thing, validated. `external_id` names it at its source, for ever."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    external_id: str = Field(min_length=1, max_length=200)


class AdapterSettings(BaseModel):
    """What IT may set for a source of this adapter; subclasses add typed fields."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Rejection:
    """What could not be read: where ("row 14"), why (a sentence that says what to mend), the raw text.

    `awaits_person`, `awaits_department`: the name of somebody, or of a department, that is not here. When there is one
    of that name, the item is tried again (portal.ingestion.waiting).
    """

    position: str
    reason: str
    raw: str = ""
    external_id: str = ""
    awaits_person: str = ""
    awaits_department: str = ""


@dataclass(frozen=True)
class Gone:
    """One item that the source says it no longer has, or no longer for anybody here: it is marked as missing."""

    external_id: str


Part = Item | Rejection | Gone


@dataclass(frozen=True)
class Waiting:
    """Where rows of a kind wait for a person who is not known here when they are delivered.

    `model` has a foreign key `source`. Its field `name` keeps the address or user name as delivered, in small letters,
    while `person`, a foreign key too, is empty; else it is "". When somebody has that name, both are written, and
    `matched(source, rows)` renews the entries of these rows and tells whom it concerns, in the same transaction.
    """

    model: type[Model]
    matched: Callable[[Source, Sequence[Any]], None]
    name: str = "awaits"
    person: str = "person"


class UnreadablePayload(Exception):
    """The delivery cannot be read as a whole (half a JSON): nothing of it is applied, all is kept."""


@dataclass(frozen=True)
class Cell:
    """One cell of a row: what its column is called, the fields that are read from it, and its text."""

    column: str
    fields: Sequence[str]
    text: str


class CannotFix(Exception):
    """A row that was edited by hand is no row of this format; the text says what to mend."""


class Adapter:
    """Reads one format. Stateless: one instance serves all sources.

    `complete`: a delivery holds everything the source has, so what is absent from it is marked missing.
    Both `apply` and `mark_missing` run inside one transaction with the records of the run and are set-based.
    """

    slug: ClassVar[str]
    title: ClassVar[str | StrPromise]
    settings_model: ClassVar[type[AdapterSettings]] = AdapterSettings
    complete: ClassVar[bool] = True
    # The same payload reads otherwise on another day (a window over repeating events): read it again each day.
    moves_with_time: ClassVar[bool] = False
    content_types: ClassVar[tuple[str, ...]] = ()
    # How far its items reach where a source does not say (portal.ingestion.reach.Role); the least there is.
    audience_roles: ClassVar[tuple[str, ...]] = ("people",)
    # How its rows wait for people who are not here yet; None: they are about nobody.
    waiting: ClassVar[Waiting | None] = None
    # What people may do here that goes to the source's system (portal.ingestion.write_back).
    operations: ClassVar[tuple[Operation, ...]] = ()

    def pulled(self, source: Source) -> tuple[str, TransportSettings]:
        """The address that is fetched and how, for adapters that know more of it than IT should have to say."""
        return source.pull_from, source.transport_settings

    def signed(self, headers: Mapping[str, str], body: bytes) -> Signed | None:
        """How a push is signed by a system that has headers of its own; None: by ours (portal.ingestion.signing).

        Raises nothing, whatever anybody sends.
        """
        return None

    def covers_all(self, payload: BinaryIO) -> bool:
        """Whether this very delivery holds everything the source has. Raises nothing."""
        return self.complete

    def read(self, payload: BinaryIO, source: Source) -> Iterator[Part]:
        """Items, what is gone, and rejections in the payload's order, lazily. Raises UnreadablePayload.

        It is read to its end before anything is applied; items of a large one are pickled meanwhile.
        """
        raise NotImplementedError

    def why_not_fixed(self, raw: str) -> str:
        """Why what is kept of a rejected item cannot be mended by hand, in a sentence; "" where `alone` can."""
        return _("What is kept of such an item is not enough to read it again; mend it at the source.")

    def alone(self, raw: str, delivered: BinaryIO, source: Source) -> bytes:
        """A payload with one item: the row as it was edited, in the form in which it is shown when it is refused.

        `delivered`: the payload it came with, for what is needed of its head. What is one at the source and several
        here, such as a series of events, is several items. Raises CannotFix, UnreadablePayload.
        """
        raise CannotFix(self.why_not_fixed(raw))

    def cells(self, raw: str, delivered: BinaryIO, source: Source) -> list[Cell] | None:
        """The row column by column, for whoever edits it; joined by `formats.rows.line_of` it is what `alone` takes.

        None for what is no row of a table, or does not fit its columns. Raises CannotFix, UnreadablePayload.
        """
        return None

    def apply(self, source: Source, items: Sequence[Item]) -> None:
        """Writes new or changed items (at most 1000 a call) to the plugin's tables and the catalogue."""
        raise NotImplementedError

    def mark_missing(self, source: Source, external_ids: Sequence[str]) -> None:
        """The source no longer has these: mark them, delete nothing."""
        raise NotImplementedError

    def retarget(self, source: Source) -> None:
        """The source has another home or audience: put the cards of all its items again, right here.

        Cards ask `source.audience_of` whom they are for, with the item's own people and department; nothing else
        knows how far the items of this source reach. Runs inside the transaction of the change. Without it, items
        follow when they are delivered next.
        """

    def withdraw(self, source: Source) -> None:
        """Takes back everything the source has ever brought: rows, their entries, what people were told of them.

        All of it, history too, since what came by mistake must be nowhere. This deletes the rows that refer to the
        source by a protecting foreign key, with what cascades from them, and their entries. An adapter that keeps
        items elsewhere says how those go. Runs inside one transaction.
        """
        from portal.ingestion.withdrawing import remove_rows  # which reads the tables, and this is imported by them

        remove_rows(source)

    def may_write_back(self, source: Source, external_id: str, person: Person) -> bool:
        """Whether this person may use the operations on this item."""
        return False

    def row_of(self, source: Source, external_id: str) -> Model | None:
        """The row that this item is here, if there is one with an entry: what people are told of it leads there."""
        return None

    def send(self, source: Source, write_back: WriteBack, http: Channel) -> str:
        """Does a write-back at the source; returns what there is to say of it ("It was done already."), else "".

        If `write_back.uncertain`, an earlier try may have done it: ask the source first. Raises Declined where the
        source will not do it, with a sentence for the person; FetchError, of `http` or its own, is tried again later.
        """
        raise NotImplementedError
