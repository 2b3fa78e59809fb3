"""`/ingest/<source>/`: other systems deliver here, signed. Nothing is worked on inside the request."""

from __future__ import annotations

import hmac
import logging
import time
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from portal.ingestion import adapters
from portal.ingestion.inbox import receive
from portal.ingestion.limits import SignedRate, UnsignedRate
from portal.ingestion.models import Delivery, Source
from portal.ingestion.sealing import SealBroken
from portal.ingestion.signing import WINDOW, Signed, by_our_headers, digest_with
from portal.social.throttles import seconds_to_wait

logger = logging.getLogger(__name__)

SIZE_LIMIT = 10 * 1024 * 1024
NOBODYS_SECRET = "x" * 43  # compared with where there is no source, so that the time tells nothing either


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """What the header X-Folkmoot-Signature holds for a body sent at a moment (Unix seconds, as text)."""
    return digest_with(secret, timestamp.encode() + b"." + body)


@csrf_exempt
@login_not_required
@require_POST
def receive_delivery(request: HttpRequest, slug: str) -> JsonResponse:
    """Keeps a signed payload and answers 202 with a receipt; the same one again has the same receipt."""
    body = _body(request)
    if body is None:
        return too_large()
    sender = _signed_source(request, slug, body)
    if isinstance(sender, JsonResponse):
        return sender
    source, sent_at = sender
    if not body:
        return _problem(400, _("This delivery is empty."), _("Send the payload as the body of the request."))
    delivery = receive(source, body, sent_at, Delivery.Kind.PUSH)
    url = request.build_absolute_uri(delivery.get_absolute_url())
    return JsonResponse({"receipt": str(delivery.receipt), "url": url}, status=202)


@csrf_exempt
@login_not_required
@require_GET
def show_receipt(request: HttpRequest, slug: str, receipt: UUID) -> JsonResponse:
    """What became of a delivery, for whoever signs (an empty body) with the source's secret."""
    sender = _signed_source(request, slug, b"")
    if isinstance(sender, JsonResponse):
        return sender
    source, _sent_at = sender
    delivery = source.deliveries.filter(receipt=receipt).first()
    if delivery is None:
        return _problem(404, _("There is no such receipt."), _("Use the address that came with the answer."))
    run = delivery.runs.order_by("-pk").first()
    return JsonResponse(
        {
            "receipt": str(delivery.receipt),
            "state": delivery.state,
            "received_at": delivery.received_at,
            "attempts": delivery.attempts,
            "error": delivery.error,
            "counts": run.counts if run else {},
        }
    )


def too_large() -> JsonResponse:
    """The answer to more than SIZE_LIMIT bytes."""
    detail = _("A delivery may have %(size)s bytes; send it in parts.") % {"size": SIZE_LIMIT}
    return _problem(413, _("This delivery is too large."), detail)


def _body(request: HttpRequest) -> bytes | None:
    """None if it is too large; a declared length is believed before anything is read."""
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > SIZE_LIMIT:
        return None
    try:
        body = request.body
    except RequestDataTooBig:
        return None
    return body if len(body) <= SIZE_LIMIT else None


def _signed_source(request: HttpRequest, slug: str, body: bytes) -> tuple[Source, datetime] | JsonResponse:
    """The source and the moment, if signed with one of its secrets, now; unknown sources look the same."""
    source = Source.objects.filter(slug=slug).first()
    claim = _claim(source, request, body)
    secrets = [*_secrets(source), NOBODYS_SECRET, NOBODYS_SECRET][:2]
    signature = claim.signature.encode("utf-8", "replace")
    matches = [hmac.compare_digest(digest_with(secret, claim.content).encode(), signature) for secret in secrets]
    valid = any(match and secret != NOBODYS_SECRET for match, secret in zip(matches, secrets, strict=True))
    moment = claim.moment() if valid else None
    if source is None or moment is None:
        wait = seconds_to_wait(UnsignedRate(slug), request)
        return _too_often(wait) if wait else _unsigned()
    if wait := seconds_to_wait(SignedRate(slug), request):
        return _too_often(wait)
    ahead = moment - time.time()
    if not -claim.window <= ahead <= WINDOW:
        return _out_of_time(ahead, claim.window)
    return source, datetime.fromtimestamp(moment, UTC)


def _claim(source: Source | None, request: HttpRequest, body: bytes) -> Signed:
    """By our headers, or by those of the source's own system."""
    if source is not None and "X-Folkmoot-Signature" not in request.headers:
        adapter, _plugin = adapters.every().get(source.adapter, (None, ""))
        if adapter and (signed := adapter.signed(request.headers, body)):
            return signed
    return by_our_headers(request.headers, body)


def _secrets(source: Source | None) -> list[str]:
    try:
        return source.secrets if source else []
    except SealBroken as error:
        logger.error("source %r: %s", source.slug if source else "", error)
        return []


def _unsigned() -> JsonResponse:
    detail = _("Sign timestamp and body with the source's secret, and send it within five minutes.")
    return _problem(401, _("The signature is not valid."), detail)


def _out_of_time(ahead: float, window: int) -> JsonResponse:
    """Told only to whoever has the secret: a clock is wrong, or this was sent before."""
    said = {"seconds": round(ahead), "window": window, "now": datetime.now(UTC).isoformat(timespec="seconds")}
    detail = _(
        "The timestamp is %(seconds)d seconds off (more than 0: ahead); up to %(window)d are accepted. "
        "Here it is %(now)s. Set the sender's clock, and sign anew what is sent again."
    )
    return _problem(401, _("The timestamp is too far from now."), detail % said)


def _too_often(wait: int) -> JsonResponse:
    detail = _("Wait %(seconds)d seconds, then send again; nothing of this was kept.") % {"seconds": wait}
    answer = _problem(429, _("Too many requests."), detail)
    answer["Retry-After"] = str(wait)
    return answer


def _problem(status: int, title: str, detail: str) -> JsonResponse:
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(problem, status=status, content_type="application/problem+json")
