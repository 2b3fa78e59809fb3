from __future__ import annotations

from django.db import models


class Lease(models.Model):
    """Who does a piece of the sweep until when, so that several workers do not do it at the same time."""

    name = models.CharField(max_length=100, primary_key=True)
    owner = models.CharField(max_length=80)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} · {self.owner}"


class ScheduledJob(models.Model):
    """When a schedule is due next, and how its last run went."""

    name = models.CharField(max_length=100, primary_key=True)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
