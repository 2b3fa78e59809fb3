"""Runs what django-tasks has queued in the database. A task is only a hint: the truth is in a table."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

LOST_AFTER = timedelta(minutes=15)


def run_waiting() -> int:
    """Runs the queued tasks; how many there were."""
    waiting = DBTaskResult.objects.ready().count()
    if waiting:
        Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=waiting,
            worker_id="sweep",
            excluded_queue_names=[],
        ).run()
    return waiting


def release_lost() -> int:
    """Queues again what a killed worker left running: every task is idempotent."""
    lost = DBTaskResult.objects.filter(status="RUNNING", started_at__lt=timezone.now() - LOST_AFTER)
    return lost.update(status="READY", started_at=None)
