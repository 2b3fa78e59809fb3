"""Which addresses may be fetched from: what the platform connects to is what was checked."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Collection, Iterable
from concurrent import futures
from typing import Any

import httpcore
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Seconds for one connect, read or write. Only the wait for an answer to begin takes as long as the whole fetch may: a
# report that is made when it is asked for says nothing until it is made.
SLOWEST_STEP = 10.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What the registries of special addresses (RFC 6890) hold beyond what Python's ipaddress knows: IPv4-compatible,
# local NAT64, documentation, segment routing, and the relays of 6to4.
_SPECIAL = [
    ipaddress.ip_network(text)
    for text in ("::/96", "64:ff9b:1::/48", "3fff::/20", "5f00::/16", "192.88.99.0/24", "192.0.0.0/24")
]
_resolvers = futures.ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolver")
_NUMBERS_ONLY = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)


class Refused(Exception):
    """This address may not be fetched from; the text says why and what IT may do about it."""


class OutOfTime(httpcore.TimeoutException):
    """The whole fetch has taken too long, however lively each part of it was."""


def is_public(address: Address) -> bool:
    """False for private, loopback, link-local, reserved and multicast addresses, also wrapped in IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        # Tunnels, for which nobody serves data.
        if address.sixtofour is not None or address.teredo is not None or address.is_site_local:
            return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_allowed(host: str, port: int, allowed_hosts: Collection[str]) -> bool:
    """Whether IT permits this host for the source: by name, or by name and port."""
    host = host.lower().rstrip(".")
    names = {host, f"{host}:{port}"} | ({f"[{host}]", f"[{host}]:{port}"} if ":" in host else set())
    return not names.isdisjoint(allowed_hosts)


def _resolved(host: str, port: int, seconds: float) -> list[Any]:
    """What the system's resolver says, which itself knows no time limit. Raises OutOfTime, OSError, UnicodeError."""
    asked = _resolvers.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        return asked.result(timeout=seconds)
    except futures.TimeoutError as error:
        asked.cancel()
        raise OutOfTime from error


def checked_addresses(host: str, port: int, allowed_hosts: Collection[str], seconds: float) -> list[str]:
    """The numeric addresses of a host, all fit to connect to, within so many seconds.

    Raises Refused, OutOfTime, httpcore.ConnectError.
    """
    allowed = is_allowed(host, port, allowed_hosts)
    if _NUMBERS_ONLY.fullmatch(host) and not _is_plain(host):
        raise Refused(_("%(host)s is an oddly written address; write it as four numbers.") % {"host": host})
    try:
        found = _resolved(host, port, seconds)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: {error}") from error
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if address.is_multicast or not (allowed or is_public(address)):
            raise Refused(
                _("%(host)s is inside a private network; allow it for this source as “%(host)s:%(port)s”.")
                % {"host": host, "port": port}
            )
    return addresses


def _is_plain(host: str) -> bool:
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


class Guard(httpcore.NetworkBackend):
    """Resolves, checks and connects in one step, so that no name can change its address in between.

    Names, also those of redirects, come through here; TLS and the Host header keep the name. All steps
    together end at `deadline` (of time.monotonic).
    """

    def __init__(self, allowed_hosts: Collection[str], deadline: float) -> None:
        self._allowed, self._deadline = allowed_hosts, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError(host)
        for address in checked_addresses(host, port, self._allowed, step(self._deadline)):
            try:
                seconds = step(self._deadline)
                return _Timed(self._plain.connect_tcp(address, port, timeout=seconds), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem


def step(deadline: float) -> float:
    """Seconds the next step may take. Raises OutOfTime."""
    return min(rest_until(deadline), SLOWEST_STEP)


def rest_until(deadline: float) -> float:
    """Seconds that are left. Raises OutOfTime."""
    rest = deadline - time.monotonic()
    if rest <= 0:
        raise OutOfTime
    return rest


class _Timed(httpcore.NetworkStream):
    """A connection whose steps together end at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline
        self._has_asked = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        limit = rest_until if self._has_asked else step
        read = self._stream.read(max_bytes, limit(self._deadline))
        self._has_asked = False
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, step(self._deadline))
        self._has_asked = True

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, step(self._deadline))
        return _Timed(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
