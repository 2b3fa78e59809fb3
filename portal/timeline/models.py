from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from portal.catalogue.models import Entry


class Activity(models.Model):
    """Somebody did something with an entry.

    Audience, gate, home department, kind and liveness are copies that follow the entry, so that a page of the
    timeline is read from one index, however it is narrowed.
    """

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=30)  # ActivityStreams 2.0, in lower case
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="activities")
    audience_id = models.BigIntegerField()
    gate_id = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    department_id = models.BigIntegerField()
    live = models.BooleanField(default=True)
    # Only the newest activity of an entry is shown; the others are history.
    latest = models.BooleanField(default=True)
    # Given after commit, in order: what a reader pages by. Null until the relay has seen it.
    position = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                "audience_id",
                F("position").desc(),
                include=["gate_id", "entry_id"],
                condition=Q(live=True, position__isnull=False),
                name="activity_page",
            ),
            models.Index(
                "audience_id",
                "kind",
                F("position").desc(),
                include=["gate_id", "entry_id"],
                condition=Q(live=True, position__isnull=False),
                name="activity_kind_page",
            ),
            models.Index(
                "department_id",
                F("position").desc(),
                include=["audience_id", "gate_id", "kind", "entry_id"],
                condition=Q(live=True, position__isnull=False),
                name="activity_department_page",
            ),
            models.Index(fields=["id"], condition=Q(position__isnull=True), name="activity_unplaced"),
            models.Index(fields=["-position"], name="activity_position"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.verb} {self.entry_id}"


class AudienceHead(models.Model):
    """The newest position of each audience, over all kinds ("") and of each kind. Kept by the relay, so that
    writers never meet on a row."""

    audience_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, blank=True)
    position = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "audience_id"], name="audience_head_once")]

    def __str__(self) -> str:
        return f"{self.audience_id} {self.kind} {self.position}"
