"""Adapters by declaration: a plugin says what a row of its kind is, and reads it from every format.

@dataclass
class CaseRow:                                   # what a source may give
    id: str
    title: str
    due: date | None = None

class Cases(Maker[CaseRow]):                     # from a row to an item
    def item(self, external_id, row):
        return CaseItem(external_id=external_id, title=row.title, due=row.due)

class CaseAdapter(MappedAdapter):
    kind, kind_title = "cases", gettext_lazy("Cases")
    row, identity, maker = CaseRow, ("id",), Cases
    ...                                          # apply, mark_missing, retarget

adapters = in_every_format(CaseAdapter)          # cases.csv, cases.xlsx, cases.json
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO, ClassVar, Generic, Literal, TypeVar, cast

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from pydantic import Field, ValidationError, create_model

from portal.host.configuring.words import in_one_line
from portal.ingestion.adapter import Adapter, AdapterSettings, Cell, Item, Rejection
from portal.ingestion.formats.base import Format, Raw, fields_of
from portal.ingestion.formats.csv import Csv
from portal.ingestion.formats.json import Json
from portal.ingestion.formats.rows import cells_of
from portal.ingestion.formats.values import RowError, Values
from portal.ingestion.formats.xlsx import Xlsx
from portal.ingestion.models import Source

FORMATS: tuple[Format, ...] = (Csv(), Xlsx(), Json())
# So many rows are looked up at once; as many are in memory.
PORTION = 500
LONGEST_NAME = 200

R = TypeVar("R")


class Maker(Generic[R]):
    """Makes items of the rows of one delivery; what it looks up lives as long."""

    def __init__(self, source: Source, settings: Any) -> None:
        self.source, self.settings = source, settings

    def learn(self, rows: Sequence[R]) -> None:
        """Looks up, in few queries, what a portion of rows needs."""

    def item(self, external_id: str, row: R) -> Item:
        """Raises RowError or pydantic's ValidationError for a row that cannot be used."""
        raise NotImplementedError


class MappedAdapter(Adapter):
    """What a kind declares once for all formats; see in_every_format.

    `row`: a dataclass of what a source may give. `identity`: the fields that name an item at its source, for ever.
    `kind_settings`: what else IT may set, in every format.
    """

    kind: ClassVar[str]
    kind_title: ClassVar[Any]
    row: ClassVar[type]
    identity: ClassVar[tuple[str, ...]]
    maker: ClassVar[type[Maker[Any]]]
    kind_settings: ClassVar[type[AdapterSettings]] = AdapterSettings
    format: ClassVar[Format]

    def read(self, payload: BinaryIO, source: Source) -> Iterator[Item | Rejection]:
        settings = self.settings_model.model_validate(source.settings)
        reading = _Reading(self, Values(cast("Any", settings)))
        maker = self.maker(source, settings)
        rows = (reading.understood(raw) for raw in self.format.rows(payload, settings, fields_of(self.row)))
        while portion := list(islice(rows, PORTION)):
            maker.learn([row.made for row in portion if row.made is not None])
            for row in portion:
                yield self._part(row, maker)

    def why_not_fixed(self, raw: str) -> str:
        return ""

    def alone(self, raw: str, delivered: BinaryIO, source: Source) -> bytes:
        return self.format.alone(raw, delivered, self.settings_model.model_validate(source.settings))

    def cells(self, raw: str, delivered: BinaryIO, source: Source) -> list[Cell] | None:
        settings = self.settings_model.model_validate(source.settings)
        columns = self.format.columns(delivered, settings, fields_of(self.row))
        return columns.cells(cells_of(raw)) if columns else None

    def _part(self, row: _Understood, maker: Maker[Any]) -> Item | Rejection:
        problem, awaits = row.problem, {}
        if not problem:
            try:
                return maker.item(row.name, row.made)
            except ValidationError as error:
                problem = in_one_line(error)
            except RowError as error:
                problem, awaits = str(error), error.awaits
        # A name that cannot be stored is none.
        name = row.name if len(row.name) <= LONGEST_NAME else ""
        raw = self.format.shown(row.raw.cells, row.values)
        return Rejection(self.format.position(row.raw.number), problem, raw, name, **awaits)


class _Understood:
    """A row whose cells were read by `values`: `made` is the kind's own row, or there is a problem."""

    __slots__ = ("made", "name", "problem", "raw", "values")

    def __init__(self, values: Values, raw: Raw, made: Any, name: str, problem: str) -> None:
        self.values, self.raw, self.made, self.name, self.problem = values, raw, made, name, problem


class _Reading:
    """From cells to a row of the kind."""

    def __init__(self, adapter: MappedAdapter, values: Values) -> None:
        wanted = fields_of(adapter.row)
        self._row, self._identity, self._by = adapter.row, adapter.identity, values
        self._fields = [(name, values.converter(kind), name in wanted.needed) for name, kind in wanted.types.items()]

    def understood(self, raw: Raw) -> _Understood:
        if raw.problem:
            return _Understood(self._by, raw, None, "", raw.problem)
        values: dict[str, Any] = {}
        problems: list[str] = []
        given = raw.given
        for name, convert, needed in self._fields:
            cell = given.get(name)
            if cell is None or cell == "" or (isinstance(cell, str) and cell.isspace()):
                if needed:
                    problems.append(_("%(name)s is empty") % {"name": name})
                continue
            try:
                values[name] = convert(name, cell)
            except RowError as error:
                problems.append(str(error))
        name = self._name(values)
        if problems:
            return _Understood(self._by, raw, None, name, "; ".join(problems))
        return _Understood(self._by, raw, self._row(**values), name, "")

    def _name(self, values: dict[str, Any]) -> str:
        """ "" while nobody can tell which item it is."""
        if any(name not in values for name in self._identity):
            return ""
        return ":".join(_told(values[name]) for name in self._identity)


def _told(value: Any) -> str:
    return value if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else str(value)


def in_every_format(kind: type[MappedAdapter]) -> list[type[MappedAdapter]]:
    """An adapter a format, under the slugs `<kind>.csv`, `<kind>.xlsx` and `<kind>.json`."""
    return [_bound(kind, form) for form in FORMATS]


def _bound(kind: type[MappedAdapter], form: Format) -> type[MappedAdapter]:
    name = f"{kind.__name__}{form.slug.title()}"
    return type(
        name,
        (kind,),
        {
            "__module__": kind.__module__,
            "__doc__": kind.__doc__,
            "slug": f"{kind.kind}.{form.slug}",
            "title": _title(kind.kind_title, form.title),
            "format": form,
            "content_types": form.content_types,
            "settings_model": _settings_model(f"{name}Settings", kind, form),
        },
    )


def _settings_model(name: str, kind: type[MappedAdapter], form: Format) -> type[AdapterSettings]:
    """The settings of the kind and of the format together; only fields that the kind has can be mapped."""
    fields: Any = Literal.__getitem__(tuple(fields_of(kind.row).types))
    bases = [one for one in (kind.kind_settings, form.settings_model) if one is not AdapterSettings]
    place: Any = form.place
    places: dict[str, Any] = {
        form.mapping: (dict[fields, place], _like(form, form.mapping)),
        "fixed": (dict[fields, str], _like(form, "fixed")),
    }
    return create_model(name, __base__=cast("Any", tuple(bases)), __module__=kind.__module__, **places)


def _like(form: Format, name: str) -> Any:
    """A mapping without entries, in the words of the format."""
    return Field(default={}, json_schema_extra=form.settings_model.model_fields[name].json_schema_extra)


def _from(kind: Any, form: Any) -> str:
    return _("%(kind)s from %(format)s") % {"kind": kind, "format": form}


_title = lazy(_from, str)
