"""The desk where things are done for the tests of writing back."""

from __future__ import annotations

import json
from datetime import timedelta

from django.utils import timezone

from portal.ingestion.models import WriteBack


def sent(local):
    return [json.loads(body) for body in local.bodies if body]


def keys(local):
    return [one["key"] for one in sent(local)]


def time_passes(hours=3):
    """What waits for its time is due now."""
    WriteBack.objects.unsettled().update(retry_at=timezone.now() - timedelta(hours=hours))
