"""Logging in at a source: what goes into the Authorization header, and what is done when it is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import time
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import quote_plus

from django.core.cache import cache
from django.utils.translation import gettext as _
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

from portal.ingestion.fetch import Fetcher, FetchError, Limits, Login, Request
from portal.ingestion.sealing import SealBroken, seal, unseal
from portal.ingestion.transports.settings import TransportSettings

logger = logging.getLogger(__name__)

SPARE = 30  # seconds before its end from which on a token is not used any more
LONGEST = 24 * 3600  # seconds a token is kept at most, and half an hour if the server does not say
UNSAID = 1800
TOKEN_SIZE = 64 * 1024


class Fixed:
    """The same header each time: a bearer token (RFC 6750) or name and password (RFC 7617)."""

    def __init__(self, header: str) -> None:
        self._header = header

    def header(self) -> str:
        return self._header

    def renew(self) -> bool:
        return False


class ClientCredentials:
    """OAuth 2 client credentials (RFC 6749, 4.4): a token is asked for once and used until it expires.

    It is kept, sealed, in the cache that all processes share, under a key that a new secret changes.
    """

    def __init__(
        self, settings: TransportSettings, secret: str, allowed_hosts: Collection[str], limits: Limits
    ) -> None:
        self._settings, self._secret = settings, secret
        self._hosts, self._deadline = allowed_hosts, time.monotonic() + limits.seconds
        named = json.dumps([settings.token_url, settings.username, settings.scope, secret])
        self._key = f"ingestion.token.{hashlib.sha256(named.encode()).hexdigest()}"

    def header(self) -> str:
        return f"Bearer {_checked(self._kept() or self._new())}"

    def renew(self) -> bool:
        _cached(cache.delete, self._key)
        return True

    def _kept(self) -> str:
        try:
            return unseal(_cached(cache.get, self._key) or "")
        except SealBroken:
            return ""

    def _new(self) -> str:
        answer = self._ask()
        token = str(answer["access_token"])
        seconds = answer.get("expires_in", UNSAID)
        if isinstance(seconds, int) and seconds > SPARE:
            _cached(cache.set, self._key, seal(token), min(seconds, LONGEST) - SPARE)
        return token

    def _ask(self) -> dict[str, Any]:
        client = BackendApplicationClient(self._settings.username)
        request = Request(
            url=self._settings.token_url,
            method="POST",
            content=client.prepare_request_body(scope=self._settings.scope or None).encode(),
            content_type="application/x-www-form-urlencoded",
            # Section 2.3.1: id and secret are form-encoded before they are joined.
            login=Fixed(basic(quote_plus(self._settings.username), quote_plus(self._secret))),
            statuses=(200, 400, 401),
        )
        limits = Limits(seconds=max(self._deadline - time.monotonic(), 0.001), size=TOKEN_SIZE)
        with Fetcher(self._hosts, limits) as fetcher:
            body = fetcher.fetch(request).body
        assert body is not None
        with body:
            return self._parsed(client, body.read())

    def _parsed(self, client: BackendApplicationClient, body: bytes) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = client.parse_request_body_response(body.decode())
        except OAuth2Error as error:
            # Only the error's code (section 5.2): the rest is text that may repeat what was sent.
            said = {"error": str(error.error)[:60]}
            raise FetchError(
                _("The token address refuses the log-in (%(error)s); check id and secret.") % said
            ) from None
        except (ValueError, TypeError, AttributeError):
            raise FetchError(_("The token address does not answer with a token.")) from None
        if str(answer.get("token_type", "bearer")).lower() != "bearer":
            raise FetchError(_("The token address gives a token that is not a bearer token."))
        return answer


def _cached(use: Callable[..., Any], *args: Any) -> Any:
    """None while the cache is away: each fetch asks for a token of its own then."""
    try:
        return use(*args)
    except Exception:  # whatever the cache's client raises
        logger.exception("the cache of access tokens cannot be used")
        return None


def basic(name: str, password: str) -> str:
    """The header of RFC 7617, in UTF-8."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def login_for(settings: TransportSettings, secret: str, allowed_hosts: Collection[str], limits: Limits) -> Login | None:
    """How to log in with this secret; None without one. Raises FetchError for one that cannot be sent."""
    if not secret:
        return None
    if settings.login == "password":
        return Fixed(basic(settings.username, secret))
    if settings.login == "client_credentials":
        return ClientCredentials(settings, secret, allowed_hosts, limits)
    return Fixed(f"Bearer {_checked(secret)}")


def _checked(token: str) -> str:
    """A header holds visible ASCII; what a library says of anything else would repeat it."""
    if token.isascii() and token.isprintable() and token.strip() == token != "":
        return token
    raise FetchError(_("The token holds characters that cannot be sent; set it again."))
