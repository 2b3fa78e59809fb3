"""`/livez`: the process answers. `/readyz`: it can do its work."""

from __future__ import annotations

from dataclasses import asdict

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
    """503 without the database: nothing works then. A search engine that is away only makes search simpler.

    `index_lag` has the entries an index is behind, by engine; `indexes` the same in parts, see outbox.Lag.
    """
    try:
        connection.ensure_connection()
        lags = outbox.lags()
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    behind = {engine: lag.waiting + lag.postponed for engine, lag in lags.items()}
    parts = {engine: asdict(lag) for engine, lag in lags.items()}
    return JsonResponse({"status": "ok", "index_lag": behind, "indexes": parts})
