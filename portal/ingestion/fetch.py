"""The guarded fetcher: the one door through which the platform fetches from other systems."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpcore
import httpx
import stamina
from django.conf import settings
from django.utils.translation import gettext as _

from portal.ingestion.guard import Guard, OutOfTime, Refused

REDIRECTS = (301, 302, 303, 307, 308)
# What servers say of anything when they know no better.
ANY_TYPE = ("", "application/octet-stream", "binary/octet-stream", "text/plain")


@dataclass(frozen=True)
class Limits:
    """Bounds of one fetch with tries and redirects; `patience`: the longest wait a server may ask for."""

    seconds: float = 30
    size: int = 64 * 1024 * 1024
    redirects: int = 5
    tries: int = 3
    patience: float = 5


class FetchError(Exception):
    """The source could not be read; the text says why. `retry_after`: seconds it asks to be left alone."""

    def __init__(self, message: str, *, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class _TryAgain(Exception):
    """Too many requests, or a server in trouble."""

    def __init__(self, status: int, wait: float) -> None:
        super().__init__(status)
        self.status, self.wait = status, wait


@dataclass
class Fetched:
    """`body` is None if nothing changed since the etag and the date that were sent along."""

    body: BinaryIO | None
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Request:
    """What to fetch. `allowed_hosts` ("name" or "name:port") may lie in a private network."""

    url: str
    allowed_hosts: Collection[str] = ()
    token: str = ""
    etag: str = ""
    last_modified: str = ""
    content_types: Collection[str] = ()


class _Transport(httpx.HTTPTransport):
    """httpx over the guard. It has no parameter for a network backend, so the pool is put in its place."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False), network_backend=guard
        )


def fetch(request: Request, limits: Limits = Limits()) -> Fetched:
    """Fetches over HTTP(S), a few times if the other side is in trouble. Raises FetchError.

    Only to public addresses and those allowed; never longer, larger or over more redirects than `limits`.
    """
    deadline = time.monotonic() + limits.seconds
    transport = _Transport(Guard(request.allowed_hosts, deadline))
    try:
        with httpx.Client(transport=transport, follow_redirects=False, trust_env=False) as client:
            return _with_retries(client, request, limits, deadline)
    except Refused as error:
        raise FetchError(str(error)) from error
    except (OutOfTime, httpx.TimeoutException) as error:
        raise FetchError(_("The source is too slow.")) from error
    except _TryAgain as error:
        message = _("The source answers with status %(status)s.") % {"status": error.status}
        raise FetchError(message, retry_after=error.wait) from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        message = _("The source cannot be reached: %(error)s") % {"error": error or type(error).__name__}
        raise FetchError(message) from error


def _with_retries(client: httpx.Client, request: Request, limits: Limits, deadline: float) -> Fetched:
    def worth_it(error: Exception) -> bool | float:
        if isinstance(error, _TryAgain) and error.wait:
            return error.wait if error.wait <= limits.patience else False
        return isinstance(error, _TryAgain | httpx.TransportError)

    tries = stamina.retry_context(
        on=worth_it,
        attempts=limits.tries,
        timeout=limits.seconds,
        wait_initial=0.2,
        wait_max=2,
        wait_jitter=0.2,
    )
    for attempt in tries:
        with attempt:
            return _follow(client, request, limits, deadline)
    raise AssertionError("unreachable")


def _follow(client: httpx.Client, request: Request, limits: Limits, deadline: float) -> Fetched:
    """Redirects by hand: each goes through the guard, and the token stays with its own origin."""
    url = _checked_url(httpx.URL(request.url))
    origin = _origin(url)
    for _hop in range(limits.redirects + 1):
        headers = _headers(request, with_token=_origin(url) == origin)
        with client.stream("GET", url, headers=headers) as response:
            if response.status_code not in REDIRECTS or "location" not in response.headers:
                return _answer(response, request, limits, deadline)
            url = _checked_url(url.join(response.headers["location"]))
    raise FetchError(_("The source redirects too often."))


def _checked_url(url: httpx.URL) -> httpx.URL:
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchError(_("Only addresses that begin with http:// or https:// can be fetched."))
    return url.copy_with(username=None, password=None, fragment=None)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}[url.scheme]


def _headers(request: Request, *, with_token: bool) -> dict[str, str]:
    headers = {
        "User-Agent": "Folkmoot",
        # What is not packed cannot unpack to more than the limit.
        "Accept-Encoding": "identity",
        "Accept": ", ".join([*request.content_types, "*/*;q=0.5"]),
        "If-None-Match": request.etag,
        "If-Modified-Since": request.last_modified,
        "Authorization": f"Bearer {request.token}" if request.token and with_token else "",
    }
    return {name: value for name, value in headers.items() if value}


def _answer(response: httpx.Response, request: Request, limits: Limits, deadline: float) -> Fetched:
    status = response.status_code
    if status == 304:
        return Fetched(None, request.etag, request.last_modified)
    if status == 429 or status >= 500:
        raise _TryAgain(status, _wait_asked_for(response))
    if status != 200:
        raise FetchError(_("The source answers with status %(status)s.") % {"status": status})
    _check_type(response, request.content_types)
    body = _read(response, limits, deadline)
    return Fetched(body, response.headers.get("etag", "")[:500], response.headers.get("last-modified", "")[:100])


def _check_type(response: httpx.Response, wanted: Collection[str]) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchError(_("The source sends a packed answer although it was asked not to."))
    sent = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if wanted and sent not in (*wanted, *ANY_TYPE):
        raise FetchError(
            _("The source sends %(sent)s instead of %(wanted)s; perhaps it is a log-in page.")
            % {"sent": sent, "wanted": " / ".join(wanted)}
        )


def _wait_asked_for(response: httpx.Response) -> float:
    """Seconds of a Retry-After header, which holds a number or a date; at least a moment, 0 without one."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return max(float(text[:9]), 0.1)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0
    return max((moment - datetime.now(moment.tzinfo and UTC)).total_seconds(), 0.1)


def _read(response: httpx.Response, limits: Limits, deadline: float) -> BinaryIO:
    body = _temporary_file()
    size = 0
    try:
        for piece in response.iter_raw(64 * 1024):
            size += len(piece)
            if size > limits.size:
                raise FetchError(_("The source sends more than %(size)s bytes.") % {"size": limits.size})
            if time.monotonic() > deadline:
                raise OutOfTime
            body.write(piece)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


def _temporary_file() -> BinaryIO:
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=1024 * 1024))


def read_file(path: str, *, last_modified: str = "", limits: Limits = Limits()) -> Fetched:
    """The same for a plain file in the drop folder. Raises FetchError, also for what lies elsewhere."""
    drop = Path(settings.FOLKMOOT_DROP_DIR).resolve()
    try:
        place = (drop / path).resolve(strict=True)
        if "\x00" in path or not place.is_relative_to(drop):
            raise FetchError(_("%(path)s lies outside the drop folder.") % {"path": path})
        with open(place, "rb", opener=_without_waiting) as file:
            return _take_file(file, last_modified, limits)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FetchError(_("%(path)s cannot be read: %(error)s") % {"path": path, "error": reason}) from error


def _without_waiting(path: str, flags: int) -> int:
    """A pipe in the drop folder must not block the worker; a link put there meanwhile is not followed."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)


def _take_file(file: Any, last_modified: str, limits: Limits) -> Fetched:
    facts = os.fstat(file.fileno())
    if not stat.S_ISREG(facts.st_mode):
        raise FetchError(_("This is not a plain file."))
    if facts.st_size > limits.size:
        raise FetchError(_("The source sends more than %(size)s bytes.") % {"size": limits.size})
    mark = f"{facts.st_mtime_ns}-{facts.st_size}"
    if mark == last_modified:
        return Fetched(None, "", mark)
    body = _temporary_file()
    body.write(file.read(limits.size))
    body.seek(0)
    return Fetched(body, "", mark)
