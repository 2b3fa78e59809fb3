"""`/livez`: the process answers. `/readyz`: it can do its work."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from portal.catalogue import outbox


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 without the database: nothing works then. A search engine that is away only makes search simpler."""
    try:
        connection.ensure_connection()
        lag = {engine: outbox.lag(engine) for engine in outbox.engines()}
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok", "index_lag": lag})
