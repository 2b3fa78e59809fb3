"""Documents as an integration platform delivers them, and what something costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone


def task(name: str, **fields: Any) -> dict[str, Any]:
    """A task of Bob's that is due today, without a time."""
    known = {
        "id": name,
        "title": f"Task {name}",
        "assignee": "bob@merekaar.example",
        "due": day(0),
        "state": "open",
        "url": f"https://ehr.merekaar.example/tasks/{name}",
        "system": "ehr",
        "priority": "normal",
        "updated": "2026-11-01T06:00:00+02:00",
    }
    return known | fields


def day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def document(*tasks: Any) -> bytes:
    return json.dumps({"items": list(tasks)}).encode()


def cost(call: Callable[[], object]) -> int:
    """How many statements it takes, without the savepoints that stand for transactions in a test."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


def html(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()
