"""`/ingest/<source>/`: other systems deliver here, signed. Nothing is worked on inside the request."""

from __future__ import annotations

import hashlib
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

from portal.ingestion.inbox import receive
from portal.ingestion.limits import SignedRate, UnsignedRate
from portal.ingestion.models import Delivery, Source
from portal.ingestion.sealing import SealBroken
from portal.social.throttles import seconds_to_wait

logger = logging.getLogger(__name__)

WINDOW = 300  # seconds a signature is good for, before and after
SIZE_LIMIT = 10 * 1024 * 1024
NOBODYS_SECRET = "x" * 43  # compared with where there is no source, so that the time tells nothing either


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """What the header X-Folkmoot-Signature holds for a body sent at a moment (Unix seconds, as text)."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


@csrf_exempt
@login_not_required
@require_POST
def receive_delivery(request: HttpRequest, slug: str) -> JsonResponse:
    """Keeps a signed payload and answers 202 with a receipt; the same one again has the same receipt."""
    body = _body(request)
    if body is None:
        return too_large()
    source = _signed_source(request, slug, body)
    if isinstance(source, JsonResponse):
        return source
    if not body:
        return _problem(400, _("This delivery is empty."), _("Send the payload as the body of the request."))
    sent_at = datetime.fromtimestamp(int(request.headers["X-Folkmoot-Timestamp"]), UTC)
    delivery = receive(source, body, sent_at, Delivery.Kind.PUSH)
    url = request.build_absolute_uri(delivery.get_absolute_url())
    return JsonResponse({"receipt": str(delivery.receipt), "url": url}, status=202)


@csrf_exempt
@login_not_required
@require_GET
def show_receipt(request: HttpRequest, slug: str, receipt: UUID) -> JsonResponse:
    """What became of a delivery, for whoever signs (an empty body) with the source's secret."""
    source = _signed_source(request, slug, b"")
    if isinstance(source, JsonResponse):
        return source
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


def _signed_source(request: HttpRequest, slug: str, body: bytes) -> Source | JsonResponse:
    """The source, if the request is signed with one of its secrets, now; unknown sources look the same."""
    timestamp = request.headers.get("X-Folkmoot-Timestamp", "")
    signature = request.headers.get("X-Folkmoot-Signature", "")
    source = Source.objects.filter(slug=slug).first()
    secrets = [*_secrets(source), NOBODYS_SECRET, NOBODYS_SECRET][:2]
    matches = [
        hmac.compare_digest(signature_of(secret, timestamp, body).encode(), signature.encode("utf-8", "replace"))
        for secret in secrets
    ]
    valid = any(match and secret != NOBODYS_SECRET for match, secret in zip(matches, secrets, strict=True))
    if source is None or not valid or not _is_moment(timestamp):
        wait = seconds_to_wait(UnsignedRate(slug), request)
        return _too_often(wait) if wait else _unsigned()
    if wait := seconds_to_wait(SignedRate(slug), request):
        return _too_often(wait)
    ahead = int(timestamp) - time.time()
    return source if abs(ahead) <= WINDOW else _out_of_time(ahead)


def _secrets(source: Source | None) -> list[str]:
    try:
        return source.secrets if source else []
    except SealBroken as error:
        logger.error("source %r: %s", source.slug if source else "", error)
        return []


def _is_moment(timestamp: str) -> bool:
    return timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12


def _unsigned() -> JsonResponse:
    detail = _("Sign timestamp and body with the source's secret, and send it within five minutes.")
    return _problem(401, _("The signature is not valid."), detail)


def _out_of_time(ahead: float) -> JsonResponse:
    """Told only to whoever has the secret: a clock is wrong, or this was sent before."""
    said = {"seconds": round(ahead), "window": WINDOW, "now": datetime.now(UTC).isoformat(timespec="seconds")}
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
