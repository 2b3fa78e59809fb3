"""Lists that come in pages: read to their end and put together, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import httpx
from django.utils.translation import gettext as _

from portal.ingestion.fetch import Fetched, Fetcher, FetchError, Request, temporary_file
from portal.ingestion.transports.settings import MEGABYTE, TransportSettings

# A page of JSON is in memory as a whole, ten times as large as it was on the wire.
LARGEST_PAGE = 16 * MEGABYTE


@dataclass
class _Page:
    """One page: what was fetched; of a page of JSON the document, too."""

    number: int
    fetched: Fetched
    content: bytes
    document: Any = None
    items: list[Any] | None = None


def fetch_pages(fetcher: Fetcher, request: Request, settings: TransportSettings) -> Fetched:
    """All pages as one payload. Raises FetchError, also if the list goes on after `max_pages`.

    Pages of JSON become one document that holds nothing but the list, at the same path; numbers are those of
    RFC 8259, section 6 (what does not fit into a double is rounded). Never conditional: that the first page is
    unchanged says nothing of the others.
    """
    joined = _Lines(settings) if settings.join == "lines" else _Json(settings)
    body = temporary_file()
    try:
        for page in _pages(fetcher, request, settings):
            joined.add(body, page)
        joined.finish(body)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return Fetched(body, url=request.url)


def _pages(fetcher: Fetcher, request: Request, settings: TransportSettings) -> Iterator[_Page]:
    request = replace(request, login_url=request.url, etag="", last_modified="", url=_first_url(request.url, settings))
    seen: set[str] = set()
    before, count, last = b"", 0, None
    for number in range(1, settings.max_pages + 1):
        page = _read(number, fetcher.fetch(request), settings)
        if page.items and page.content == before:
            raise FetchError(_("Page %(number)d is the same as the one before it.") % {"number": number})
        last = _without_repeated(page, last, settings)
        count += len(page.items or ())
        yield page
        seen.add(request.url)
        following = _following_url(page, count, request.url, settings)
        if not following:
            _check_total(page, count, settings)
            return
        if following in seen:
            raise FetchError(_("After page %(number)d the list begins anew.") % {"number": number})
        before, request = page.content, replace(request, url=following)
    raise FetchError(_("The list has more than %(count)d pages; allow more.") % {"count": settings.max_pages})


def _read(number: int, fetched: Fetched, settings: TransportSettings) -> _Page:
    assert fetched.body is not None
    with fetched.body as body:
        content = body.read(LARGEST_PAGE + 1)
    if len(content) > LARGEST_PAGE:
        raise FetchError(_("Page %(number)d has more than %(size)d bytes.") % {"number": number, "size": LARGEST_PAGE})
    if settings.join == "lines":
        return _Page(number, fetched, content)
    try:
        document = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise FetchError(_("Page %(number)d is not whole JSON; send it again.") % {"number": number}) from error
    items = _at(document, settings.items_path)
    if not isinstance(items, list):
        said = {"number": number, "path": settings.items_path or "-"}
        raise FetchError(_("Page %(number)d has no list at “%(path)s”.") % said)
    return _Page(number, fetched, content, document, items)


def _without_repeated(page: _Page, last: Any, settings: TransportSettings) -> Any:
    """Takes the item off that the page before had as its last, by name `last`; returns the name of its own last."""
    if settings.pages != "offset" or not settings.repeat:
        return None
    items = page.items or []
    if page.number > 1:
        if not items or _at(items[0], settings.repeat) != last:
            raise FetchError(_("The list changed while page %(number)d was read.") % {"number": page.number})
        page.items = items[1:]
    return _at(items[-1], settings.repeat) if items else None


def _no_number(name: str) -> None:
    raise ValueError(name)


def _at(document: Any, path: str) -> Any:
    """What is at "data.items"; None where there is nothing."""
    for name in filter(None, path.split(".")):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _first_url(url: str, settings: TransportSettings) -> str:
    first = {"number": settings.first_page, "offset": 0}.get(settings.pages)
    return url if first is None else _with(url, settings.parameter, first)


def _with(url: str, parameter: str, value: object) -> str:
    return str(httpx.URL(url).copy_set_param(parameter, value))


def _following_url(page: _Page, count: int, url: str, settings: TransportSettings) -> str:
    """The address of the page after this one, "" after the last."""
    total = _total(page, settings)
    if total is not None and count >= total:
        return ""
    if settings.pages == "link":
        return page.fetched.next_url
    if settings.pages in ("next", "cursor"):
        found = _at(page.document, settings.next_path)
        if not found or not isinstance(found, str | int):
            return ""
        if settings.pages == "cursor":
            return _with(url, settings.parameter, found)
        return str(httpx.URL(page.fetched.url).join(str(found)))
    if not page.items or settings.pages == "one":
        return ""
    if settings.pages == "offset":
        return _with(url, settings.parameter, count - bool(settings.repeat))
    return _with(url, settings.parameter, settings.first_page + page.number)


def _total(page: _Page, settings: TransportSettings) -> int | None:
    total = _at(page.document, settings.total_path) if settings.total_path else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _check_total(page: _Page, count: int, settings: TransportSettings) -> None:
    total = _total(page, settings)
    if total is not None and count < total:
        said = {"total": total, "count": count}
        raise FetchError(_("Of %(total)d items only %(count)d came; the list changed while it was read.") % said)


class _Json:
    """One document with the items of all pages."""

    def __init__(self, settings: TransportSettings) -> None:
        self._names = [name for name in settings.items_path.split(".") if name]
        self._separator = "".join(f"{{{json.dumps(name)}:" for name in self._names) + "["

    def add(self, body: BinaryIO, page: _Page) -> None:
        for item in page.items or ():
            body.write(f"{self._separator}{json.dumps(item)}".encode())
            self._separator = ",\n"

    def finish(self, body: BinaryIO) -> None:
        opening = "" if self._separator == ",\n" else self._separator
        body.write(f"{opening}]{'}' * len(self._names)}".encode())


class _Lines:
    """One page after another, each on lines of its own; the header only once."""

    def __init__(self, settings: TransportSettings) -> None:
        self._header_lines = settings.header_lines

    def add(self, body: BinaryIO, page: _Page) -> None:
        content = page.content
        if page.number > 1:
            lines = content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
            content = b"".join(lines[self._header_lines :])
        if content:
            body.write(content if content.endswith(b"\n") else content + b"\n")

    def finish(self, body: BinaryIO) -> None:
        """Nothing is to be closed."""
