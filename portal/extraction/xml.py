"""XML parts of archives, read as a stream: memory does not grow with the part, and entities are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from typing import Protocol
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from portal.extraction.limits import BROKEN, ENTITIES, Limits, Unreadable

_CHUNK = 64 * 1024


class Handler(Protocol):
    """What is told of a part, in its order. Names are "{namespace}local"."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


class _Guarded:
    """Keeps elements from nesting without end."""

    def __init__(self, handler: Handler, limits: Limits) -> None:
        self._handler, self._limits, self._depth = handler, limits, 0
        self.data = handler.data

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limits.nesting:
            raise Unreadable(BROKEN, "elements nested too deeply")
        self._handler.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._handler.end(tag)

    def close(self) -> None:
        pass


def read_part(archive: zipfile.ZipFile, name: str, handler: Handler, limits: Limits) -> None:
    """Tells the handler all of one part. Raises Unreadable, and whatever the handler raises."""
    parser = XMLParser(target=_Guarded(handler, limits), forbid_dtd=True)
    try:
        with archive.open(name) as part:
            while chunk := part.read(_CHUNK):
                parser.feed(chunk)
        parser.close()
    except DefusedXmlException as error:
        raise Unreadable(ENTITIES, str(error)) from error
    except (ParseError, zipfile.BadZipFile, KeyError, EOFError) as error:
        raise Unreadable(BROKEN, f"{name}: {error}") from error


class Collector:
    """Attributes of all elements of one name, in their order."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self.found: list[Mapping[str, str]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == self._tag:
            self.found.append(dict(attributes))

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


def collect(archive: zipfile.ZipFile, name: str, tag: str, limits: Limits) -> list[Mapping[str, str]]:
    """The attributes of all `tag` elements of a part; none if there is no such part."""
    if name not in archive.namelist():
        return []
    collector = Collector(tag)
    read_part(archive, name, collector, limits)
    return collector.found
