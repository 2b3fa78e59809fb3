"""A source of Jira, and what its tests do again and again."""

from __future__ import annotations

import json
from datetime import timedelta

from django.utils import timezone

from plugins.tasks.models import Task
from plugins.tasks.tests.jira_server import MAIL, TOKEN, Jira
from portal.ingestion import pull, runner
from portal.ingestion.models import Source
from portal.ingestion.pull import pull as pull_now
from portal.testing.adapters import make_source


def made(jira, department, deployment):
    return make_source(
        "tasks.jira",
        slug="jira",
        name="Jira",
        department=department,
        pull_from=jira.local.url(),
        allowed_hosts=[jira.local.host],
        token=TOKEN,
        transport={"login": "password", "username": MAIL},
        settings={"deployment": deployment, "page_size": 2},
        schedule="0 0 1 1 *",
    )


def read(source):
    """A pull, applied."""
    pull_now(source, unconditionally=True)
    while runner.run_waiting():
        pass
    source.refresh_from_db()


def due(source):
    """What the schedule does."""
    Source.objects.filter(pk=source.pk).update(next_run_at=timezone.now() - timedelta(seconds=1))
    pull.run_due()
    while runner.run_waiting():
        pass
    source.refresh_from_db()


def keys():
    return {task.external_id: bool(task.missing_since) for task in Task.objects.all()}


def issues(*numbers, **fields):
    jira = object.__new__(Jira)
    jira.issues = {}
    return json.dumps({"issues": [jira.add(number, **fields) for number in numbers]}).encode()
