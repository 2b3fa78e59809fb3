"""The guarded fetcher: the one door through which the platform fetches from other systems."""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import BinaryIO, Protocol, cast

import httpcore
import httpx
import stamina
from django.conf import settings
from django.utils.translation import gettext as _

from portal.ingestion.answers import FetchError, TryAgain, Unauthorized, check_type, next_url, refusal
from portal.ingestion.guard import Guard, OutOfTime, Refused, is_allowed

__all__ = ["FetchError", "Fetched", "Fetcher", "Limits", "Login", "Request", "fetch", "temporary_file"]

REDIRECTS = (301, 302, 303, 307, 308)
REPEATABLE = ("GET", "HEAD", "PUT", "DELETE")  # RFC 9110, 9.2.2


@dataclass(frozen=True)
class Limits:
    """Bounds of one fetch with tries and redirects; `patience`: the longest wait a server may ask for."""

    seconds: float = 30
    size: int = 64 * 1024 * 1024
    redirects: int = 5
    tries: int = 3
    patience: float = 5


class Login(Protocol):
    """Says who fetches; portal.ingestion.transports.login has the kinds there are."""

    def header(self) -> str:
        """The value of the Authorization header. Raises FetchError."""

    def renew(self) -> bool:
        """After a 401: whether another header is worth one more try."""


@dataclass
class Fetched:
    """`body` is None if nothing changed since the etag and the date that were sent along.

    `url`: where it came from in the end; `next_url`: the page that its Link header names as the next (RFC 8288).
    """

    body: BinaryIO | None
    etag: str = ""
    last_modified: str = ""
    url: str = ""
    next_url: str = ""


@dataclass(frozen=True)
class Request:
    """What to fetch. `login` is for the origin of `login_url` (default: of `url`) and goes nowhere else.

    `secrets`: how what is secret of the address may be written; told in no error, and sent over http only to hosts
    that are allowed. `statuses`: what counts as an answer. A request that is not safe to repeat is sent again only if
    it was not heard.
    """

    url: str = field(repr=False)
    login: Login | None = field(default=None, repr=False)
    login_url: str = field(default="", repr=False)
    secrets: Collection[str] = field(default=(), repr=False)
    etag: str = ""
    last_modified: str = ""
    content_types: Collection[str] = ()
    method: str = "GET"
    content: bytes = field(default=b"", repr=False)
    content_type: str = ""
    statuses: Collection[int] = (200,)


class _Transport(httpx.HTTPTransport):
    """httpx over the guard. It has no parameter for a network backend, so the pool is put in its place."""

    def __init__(self, guard: Guard) -> None:
        context = trusted()
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=guard)


def trusted() -> SSLContext:
    """Whom fetching believes: the usual authorities, and those of FOLKMOOT_CA_FILE. Every certificate is checked.

    Read anew when that file changes, and not for each fetch: reading all authorities takes longer than many an answer.
    """
    file = settings.FOLKMOOT_CA_FILE
    return _trusting(file, file.stat().st_mtime_ns if file else 0)


@functools.lru_cache(maxsize=1)
def _trusting(file: Path | None, _changed: int) -> SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if file:
        context.load_verify_locations(cafile=file)
    return context


class Fetcher:
    """Fetches over HTTP(S); all of its requests share connections, one deadline and one allowance of bytes.

    Only from public addresses and `allowed_hosts` ("name" or "name:port"), which may lie in a private network. No
    proxy, certificate or password of the environment is used.
    """

    def __init__(self, allowed_hosts: Collection[str] = (), limits: Limits = Limits()) -> None:
        self.limits = limits
        self._allowed_hosts = allowed_hosts
        self.bytes_left = limits.size
        self._deadline = time.monotonic() + limits.seconds
        self._shown: set[str] = set()  # the credentials that were sent
        transport = _Transport(Guard(allowed_hosts, self._deadline))
        self._client = httpx.Client(transport=transport, follow_redirects=False, trust_env=False)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def fetch(self, request: Request) -> Fetched:
        """The answer, after a few tries if the other side is in trouble. Raises FetchError."""
        try:
            return self._with_login(request)
        except FetchError as error:
            if (told := error.without({*self._shown, *request.secrets})) is not error:
                raise told from None
            raise

    def _with_login(self, request: Request) -> Fetched:
        with _in_words():
            try:
                return self._with_retries(request)
            except Unauthorized:
                if request.login is None or not request.login.renew():
                    raise
                return self._with_retries(request)

    def _with_retries(self, request: Request) -> Fetched:
        left = max(self._deadline - time.monotonic(), 0.001)
        tries = stamina.retry_context(
            on=lambda error: _worth_it(error, request, min(left, self.limits.patience)),
            attempts=self.limits.tries,
            timeout=left,
            wait_initial=0.2,
            wait_max=2,
            wait_jitter=0.2,
        )
        for attempt in tries:
            with attempt:
                return self._follow(request)
        raise AssertionError("unreachable")

    def _follow(self, request: Request) -> Fetched:
        """Redirects by hand: each goes through the guard, and the log-in stays with its own origin."""
        url = _checked_url(request.url)
        home = _origin(_checked_url(request.login_url or request.url))
        for _hop in range(self.limits.redirects + 1):
            headers = _headers(request)
            if any(secret in str(url) for secret in request.secrets):
                self._check_that_nobody_reads_along(url)
            if request.login and _origin(url) == home:
                self._check_that_nobody_reads_along(url)
                headers["Authorization"] = request.login.header()
                self._shown.add(headers["Authorization"].partition(" ")[2])
            with self._client.stream(request.method, url, headers=headers, content=request.content) as response:
                if response.status_code not in REDIRECTS or "location" not in response.headers:
                    return self._answer(response, request)
                if request.method != "GET":
                    raise FetchError(_("The source redirects what it was sent; give the address it redirects to."))
                url = _checked_url(url.join(response.headers["location"]))
        raise FetchError(_("The source redirects too often."))

    def _check_that_nobody_reads_along(self, url: httpx.URL) -> None:
        """A secret goes unencrypted only to hosts that IT allowed: those of the own network."""
        if url.scheme == "http" and not is_allowed(url.raw_host.decode(), url.port or 80, self._allowed_hosts):
            said = {"host": url.host}
            raise FetchError(
                _("Others could read the log-in on its way to %(host)s; use https, or allow this host.") % said
            )

    def _answer(self, response: httpx.Response, request: Request) -> Fetched:
        status = response.status_code
        if status == 304 and (request.etag or request.last_modified):
            return Fetched(None, request.etag, request.last_modified)
        if status not in request.statuses:
            raise refusal(response)
        check_type(response, request.content_types)
        return Fetched(
            self._read(response),
            response.headers.get("etag", "")[:500],
            response.headers.get("last-modified", "")[:100],
            str(response.url),
            next_url(response),
        )

    def _read(self, response: httpx.Response) -> BinaryIO:
        body = temporary_file()
        try:
            for piece in response.iter_raw(64 * 1024):
                self.bytes_left -= len(piece)
                if self.bytes_left < 0:
                    raise FetchError(_("The source sends more than %(size)s bytes.") % {"size": self.limits.size})
                if time.monotonic() > self._deadline:
                    raise OutOfTime
                body.write(piece)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body


def fetch(request: Request, *, allowed_hosts: Collection[str] = (), limits: Limits = Limits()) -> Fetched:
    """One request by a Fetcher of its own. Raises FetchError."""
    with Fetcher(allowed_hosts, limits) as fetcher:
        return fetcher.fetch(request)


@contextmanager
def _in_words() -> Iterator[None]:
    """Whatever goes wrong becomes a FetchError with a sentence."""
    try:
        yield
    except Refused as error:
        raise FetchError(str(error)) from error
    except (OutOfTime, httpx.TimeoutException) as error:
        raise FetchError(_("The source is too slow.")) from error
    except TryAgain as error:
        message = _("The source answers with status %(status)s.") % {"status": error.status}
        raise FetchError(message, retry_after=error.wait, status=error.status) from error
    except Unauthorized as error:
        message = _("The source refuses the log-in (401); check it and set the token again.")
        raise FetchError(message, status=401) from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
        message = _("The source cannot be reached: %(error)s") % {"error": error or type(error).__name__}
        raise FetchError(message) from error


def _worth_it(error: Exception, request: Request, patience: float) -> bool | float:
    """Whether to try again, and after how many seconds. Raises nothing."""
    if isinstance(error, TryAgain) and error.wait > patience:
        return False
    if request.method in REPEATABLE:
        # Whoever did not answer in time is not asked to begin anew: it may still be at it.
        late = isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout)
        again = isinstance(error, TryAgain | httpx.TransportError) and not late
    else:
        again = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) or (
            isinstance(error, TryAgain) and error.status == 429
        )
    return error.wait if again and isinstance(error, TryAgain) and error.wait else again


def _checked_url(address: str | httpx.URL) -> httpx.URL:
    url = httpx.URL(address)
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchError(_("Only addresses that begin with http:// or https:// can be fetched."))
    return url.copy_with(username=None, password=None, fragment=None)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}[url.scheme]


def _headers(request: Request) -> dict[str, str]:
    headers = {
        "User-Agent": "Folkmoot",
        # What is not packed cannot unpack to more than the limit.
        "Accept-Encoding": "identity",
        "Accept": ", ".join([*request.content_types, "*/*;q=0.5"]),
        "If-None-Match": request.etag,
        "If-Modified-Since": request.last_modified,
        "Content-Type": request.content_type,
    }
    return {name: value for name, value in headers.items() if value}


def temporary_file() -> BinaryIO:
    """For a payload: in memory while it is small."""
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=1024 * 1024))
