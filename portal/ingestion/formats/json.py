"""JSON (RFC 8259): an object of a list an item, wherever in the document the list is."""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO, cast

import ijson
import jmespath
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from jmespath.exceptions import JMESPathError
from pydantic import field_validator

from portal.host.settings import setting
from portal.ingestion.adapter import CannotFix, UnreadablePayload
from portal.ingestion.formats.base import Fields, Format, MappingSettings, Raw, encoding_of, seekable
from portal.ingestion.formats.values import Values

MOST_DEPTH = 5_000


class JsonSettings(MappingSettings):
    """`items_path`: where in the document the list is, "data.tasks"; "" for a document that is the list itself.

    `paths`: field -> JMESPath (jmespath.org) within an object of the list, "assignee.email"; "" for a field that is
    not to be read. A field that is not mentioned is under its own name.
    """

    items_path: str = setting(
        "items",
        title=gettext_lazy("List in the document"),
        help=gettext_lazy("Such as data.tasks. Empty: it is the list itself."),
        max_length=200,
        pattern=r"^[^\s]*$",
    )
    paths: dict[Any, str] = setting(
        {},
        title=gettext_lazy("Paths"),
        help=gettext_lazy(
            "Where in an object of the list a field is, such as assignee.email (JMESPath). A field that is not "
            "listed is under its own name; one with nothing beside it is not read."
        ),
    )

    @field_validator("paths")
    @classmethod
    def _readable(cls, value: dict[Any, str]) -> dict[Any, str]:
        for path in filter(None, value.values()):
            try:
                jmespath.compile(path)
            except JMESPathError as error:
                said = {"path": path, "error": str(error).splitlines()[0]}
                raise ValueError(_("%(path)s is not a path (%(error)s); write it as assignee.email") % said) from error
        return value


class Json(Format):
    slug = "json"
    title = gettext_lazy("JSON")
    content_types = ("application/json",)
    settings_model = JsonSettings
    mapping = "paths"
    place = str

    def rows(self, payload: BinaryIO, settings: JsonSettings, wanted: Fields) -> Iterator[Raw]:
        document = _Document(seekable(payload), settings.items_path)
        finder = _Finder(settings, wanted)
        for number, item in enumerate(document.items(), start=1):
            yield finder.raw(number, item)

    def position(self, number: int) -> str:
        return _("item %(number)d") % {"number": number}

    def shown(self, cells: Any, values: Values) -> str:
        try:
            return json.dumps(cells, ensure_ascii=False, default=_plain)
        except RecursionError:
            return ""

    def alone(self, text: str, delivered: BinaryIO, settings: JsonSettings) -> bytes:
        try:
            json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CannotFix(_("This is not JSON (%(error)s).") % {"error": str(error)[:200]}) from error
        steps = settings.items_path.split(".") if settings.items_path else []
        around = "".join(f"{{{json.dumps(step)}:" for step in steps)
        return f"{around}[{text}]{'}' * len(steps)}".encode("utf-8", "replace")  # its numbers stay as they are written


def _plain(number: Decimal) -> float:
    return float(number)


class _Document:
    """A document that is read as a stream: an item at a time is in memory."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._file, self._path = file, path
        self._start = file.tell()

    def items(self) -> Iterator[Any]:
        """Raises UnreadablePayload for half a document, and for one without the list."""
        found = False
        try:
            for item in ijson.items(self._opened(), f"{self._path}.item" if self._path else "item"):
                found = True
                yield item
            if not found:
                self._check_list()
        except (ijson.JSONError, UnicodeError) as error:
            said = {"error": " ".join(str(error).split())[:200]}
            raise UnreadablePayload(_("This is not whole JSON (%(error)s).") % said) from error

    def _opened(self) -> Any:
        """From its beginning, in UTF-8, whatever its byte order mark says."""
        self._file.seek(self._start)
        encoding = encoding_of(self._file.read(4))
        self._file.seek(self._start + (len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0))
        if encoding in ("", "utf-8-sig"):
            return _Watched(self._file)
        return codecs.EncodedFile(cast("Any", _Watched(self._file)), "utf-8", encoding)

    def _check_list(self) -> None:
        """Nothing was found: because the list is empty, or because there is none."""
        steps = self._path.split(".") if self._path else []
        places = {".".join(steps[:count]) for count in range(len(steps) + 1)}
        seen = {""}
        for place, event, _value in ijson.parse(self._opened()):
            if place == self._path and event != "map_key":
                if event == "start_array":
                    return
                raise UnreadablePayload(_("What is at '%(path)s' is not a list.") % {"path": self._path})
            seen |= {place} & places
        step = next(step for count, step in enumerate(steps) if ".".join(steps[: count + 1]) not in seen)
        said = {"path": self._path, "step": step}
        raise UnreadablePayload(_("There is no list at %(path)s: %(step)s is not there.") % said)


class _Watched:
    """The file, and how deep it is at most nested: the parser's effort grows with the square of that."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._start = file, file.tell()
        self._open = 0
        self._most: float = MOST_DEPTH

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._open += sum(map(piece.count, (b"[", b"{"))) - sum(map(piece.count, (b"]", b"}")))
        if self._open > self._most:
            self._look_closely()
        return piece

    def _look_closely(self) -> None:
        """There are many brackets without partners: in texts, where they may be, or not."""
        here = self._file.tell()
        self._file.seek(self._start)
        depth = 0
        for event, _value in ijson.basic_parse(self._file):
            depth += event.startswith("start_") - event.startswith("end_")
            if depth > MOST_DEPTH:
                raise UnreadablePayload(_("This is nested more than %(most)d deep.") % {"most": MOST_DEPTH})
        self._file.seek(here)
        self._most = math.inf


class _Finder:
    """Where the fields of a kind are in an object."""

    def __init__(self, settings: JsonSettings, wanted: Fields) -> None:
        self._fixed: Mapping[str, Any] = settings.fixed
        self._keys = [name for name in wanted.types if name not in settings.paths]
        self._paths = [(name, jmespath.compile(path)) for name, path in settings.paths.items() if path]

    def raw(self, number: int, item: Any) -> Raw:
        if not isinstance(item, dict):
            return Raw(number, item, problem=_("it is not an object"))
        given = dict(self._fixed) | {name: item[name] for name in self._keys if item.get(name) is not None}
        problem = ""
        for name, path in self._paths:
            try:
                given[name] = path.search(item)
            except JMESPathError as error:
                said = {"name": name, "error": str(error).splitlines()[0][:200]}
                problem = problem or _("%(name)s cannot be found by its path (%(error)s)") % said
        return Raw(number, item, given, problem)
