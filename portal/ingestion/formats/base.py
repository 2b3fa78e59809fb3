"""What every format has in common: rows of cells by field, and where they were found."""

from __future__ import annotations

import codecs
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, ClassVar, cast, get_type_hints

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import AfterValidator, Field

from portal.host.settings import setting
from portal.ingestion.formats.settings import ValueSettings

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from portal.ingestion.formats.table import Columns
    from portal.ingestion.formats.values import Values

# Longer marks first: that of UTF-32 begins like that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
IN_MEMORY = 1024 * 1024


def _known_encoding(value: str) -> str:
    try:
        codecs.lookup(value)
        "".encode(value)
    except LookupError as error:
        raise ValueError(_("there is no encoding of this name; utf-8 is usual")) from error
    return value


# By Python's name: utf-8, windows-1252, utf-16. A byte order mark in the file says more than it.
Encoding = Annotated[str, Field(max_length=40), AfterValidator(_known_encoding)]


class MappingSettings(ValueSettings):
    """`fixed`: what a field always is, for what the file does not say (field -> text)."""

    fixed: dict[Any, str] = setting(
        {},
        title=gettext_lazy("Fixed values"),
        help=gettext_lazy("What a field always is, because the file does not say it."),
    )


@dataclass(slots=True)
class Raw:
    """One row of a file. `given`: the cells of the fields; `cells`: all of it, to be shown when it is refused."""

    number: int
    cells: Any
    given: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Fields:
    """The fields of a kind, from its dataclass: those without a default are needed."""

    types: Mapping[str, Any]
    needed: Sequence[str]


@cache
def fields_of(row: type) -> Fields:
    """Of a dataclass whose fields are str, Decimal, date, datetime, time or two of these."""
    types = get_type_hints(row)
    needed = [one.name for one in fields(row) if one.default is MISSING and one.default_factory is MISSING]
    return Fields({one.name: types[one.name] for one in fields(row)}, needed)


class Format:
    """A format of files. Stateless; `mapping` names the setting that says where each field is."""

    slug: ClassVar[str]
    title: ClassVar[str | StrPromise]
    content_types: ClassVar[tuple[str, ...]]
    settings_model: ClassVar[type[MappingSettings]]
    mapping: ClassVar[str]
    place: ClassVar[Any]  # the type of such a place

    def rows(self, payload: BinaryIO, settings: Any, wanted: Fields) -> Iterator[Raw]:
        """The rows in the file's order, lazily. Raises UnreadablePayload if the file is no such file."""
        raise NotImplementedError

    def position(self, number: int) -> str:
        """Where a row is, for whoever has to mend it."""
        raise NotImplementedError

    def shown(self, cells: Any, values: Values) -> str:
        """A row as text; `alone` reads it back as the same row."""
        raise NotImplementedError

    def columns(self, delivered: BinaryIO, settings: Any, wanted: Fields) -> Columns | None:
        """Of a table, which column holds which field; None for other formats. Raises UnreadablePayload."""
        return None

    def alone(self, text: str, delivered: BinaryIO, settings: Any) -> bytes:
        """A file with the head of the delivered one and this row, as `shown` writes it. See Adapter.alone."""
        raise NotImplementedError


def encoding_of(head: bytes) -> str:
    """What a byte order mark at the beginning says, "" without one."""
    return next((name for mark, name in MARKS if head.startswith(mark)), "")


def seekable(payload: BinaryIO) -> BinaryIO:
    """The same bytes in a file that can be read more than once."""
    if payload.seekable():
        return payload
    copy = cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115  it is handed on
    shutil.copyfileobj(payload, copy)
    copy.seek(0)
    return copy
