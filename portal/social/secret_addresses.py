"""Addresses with a secret in them, for programs that cannot log in: a calendar that is subscribed to.

The view says whose an address is; GateMiddleware asks that, and the plugin's gate for that person, before the view
runs. An address that nobody has, one that was taken back, a person who left and a plugin that is off are one and the
same refusal: 401, since the address is all that says who asks, and it says nothing that counts any more.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.throttling import SimpleRateThrottle

from portal.host.gate import is_on_for
from portal.logs import MARK
from portal.social.throttles import seconds_to_wait

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise
    from rest_framework.request import Request

    from portal.people.models import Person

View = Callable[..., HttpResponseBase]
# Of whoever has the address, and nobody between: neither kept nor found nor told to others.
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
CHALLENGE = 'Bearer realm="secret address", error="invalid_token"'


def new_secret() -> str:
    """256 random bits, with a mark by which logs and scanners know it. Keep only its `hash_of`."""
    return MARK + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is kept of a secret (SHA-256, 64 hex digits): so many random bits need neither salt nor slowness."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def by_secret_address(
    find: Callable[[str], Person | None], *, renewal: str | StrPromise = ""
) -> Callable[[View], View]:
    """For a view whose route has `<str:secret>`: `find` gives the person by the secret's hash, or None.

    The view then runs as that person, whoever's session the request may carry. `renewal`: a sentence, translated when
    it is used, for whoever comes with an address that does not work: where a new one is made.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            for name, value in HEADERS.items():
                response[name] = value
            return response

        shown.login_required = False  # type: ignore[attr-defined]  # as django's login_not_required says it
        shown.folkmoot_person_of = find  # type: ignore[attr-defined]
        shown.folkmoot_renewal = renewal  # type: ignore[attr-defined]
        return shown

    return decorate


def leads_to(view: View) -> bool:
    """Whether the view is read by a secret address."""
    return hasattr(view, "folkmoot_person_of")


def let_in(request: HttpRequest, view: View, slug: str, secret: str) -> HttpResponse | None:
    """Makes the request one of the address's person; else the refusal: 401, or 429 if it comes too often.

    `slug`: of the plugin whose view it is, "" for the platform's own. A refusal speaks the language of the request:
    that of the address's person would tell that there is one.
    """
    kept = hash_of(secret)
    person = view.folkmoot_person_of(kept)  # type: ignore[attr-defined]
    known = person is not None and person.is_active and (not slug or is_on_for(slug, person))
    if wait := seconds_to_wait(KnownRate(kept) if known else UnknownRate(), request):
        return _too_often(wait)
    if not known:
        return _not_valid(view.folkmoot_renewal)  # type: ignore[attr-defined]
    request.user = person
    return None


class KnownRate(SimpleRateThrottle):
    """Requests by one address; whoever does not have it cannot use it up."""

    scope = "secret_address"

    def __init__(self, kept: str) -> None:
        super().__init__()
        self._kept = kept

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"secret_address.{self._kept}"


class UnknownRate(SimpleRateThrottle):
    """Requests of one client by addresses that lead nowhere."""

    scope = "secret_address_unknown"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"secret_address_unknown.{self.get_ident(request)}"


def _not_valid(renewal: str | StrPromise) -> HttpResponse:
    """The challenge that a 401 must have (RFC 9110, 15.5.2): a bearer token in the address (RFC 6750, 3.1).

    Not `Basic`: a calendar would ask its owner for a password that does not exist.
    """
    said = _("This address is not valid, or not valid any more.")
    answer = _plain(401, f"{said} {renewal}".strip())
    answer["WWW-Authenticate"] = CHALLENGE
    return answer


def _too_often(wait: int) -> HttpResponse:
    said = _("This address is asked too often. Wait %(seconds)d seconds; once an hour is enough.") % {"seconds": wait}
    answer = _plain(429, said)
    answer["Retry-After"] = str(wait)
    return answer


def _plain(status: int, text: str) -> HttpResponse:
    """No page: its forms would name the address once more."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=HEADERS)
