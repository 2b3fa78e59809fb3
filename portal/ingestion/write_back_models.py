"""What people did here that another system has to hear of: kept first, sent by the worker."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _


class WriteBackQuerySet(models.QuerySet["WriteBack"]):
    def unsettled(self) -> WriteBackQuerySet:
        """Not yet answered by the other system, one way or the other."""
        return self.filter(state__in=(WriteBack.State.WAITING, WriteBack.State.SENDING))

    def due(self, now: datetime) -> WriteBackQuerySet:
        """What may be sent now, oldest first: of one item never the second before the first is settled."""
        earlier = WriteBack.objects.unsettled().filter(
            source=OuterRef("source"), external_id=OuterRef("external_id"), pk__lt=OuterRef("pk")
        )
        ready = self.unsettled().filter(Q(retry_at=None) | Q(retry_at__lte=now), source__paused=False)
        return ready.exclude(Exists(earlier)).order_by("pk")

    def about(self, source_id: int, external_id: str) -> WriteBackQuerySet:
        """All for one item, newest first, without what was withdrawn."""
        mine = self.filter(source_id=source_id, external_id=external_id)
        return mine.exclude(state=WriteBack.State.WITHDRAWN).order_by("-pk")


class WriteBack(models.Model):
    """One operation on one item, by a person, on its way to the system that owns the item."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be sent")
        # Taken by a worker; after `retry_at` that worker counts as killed.
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("not sent")
        WITHDRAWN = "withdrawn", _("withdrawn")

    source = models.ForeignKey("ingestion.Source", models.CASCADE, related_name="write_backs", verbose_name=_("source"))
    external_id = models.CharField(_("name at the source"), max_length=200)
    operation = models.SlugField(_("operation"), max_length=40)
    data = models.JSONField(_("data"), default=dict)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    # Goes along to the other system where that can keep it: by it a second try finds what the first one did.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    retry_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    # A try ended without an answer: the other system may have done it.
    uncertain = models.BooleanField(default=False, editable=False)
    # Why not; of what was sent, what there is to say of it ("It was done already.").
    said = models.CharField(_("said of it"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = WriteBackQuerySet.as_manager()

    class Meta:
        verbose_name = _("write-back")
        verbose_name_plural = _("write-backs")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["source", "external_id"], name="write_back_item"),
            models.Index(
                fields=["retry_at"], condition=Q(state__in=("waiting", "sending")), name="write_back_unsettled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} · {self.external_id} · {self.operation} · {self.state}"

    @property
    def may_be_withdrawn(self) -> bool:
        """Nothing of it can have arrived, or it is known not to have."""
        return self.state == self.State.FAILED or (self.state == self.State.WAITING and not self.uncertain)

    def facts(self) -> dict[str, Any]:
        """What an operator needs of it, as JSON; without what the person wrote."""
        names = ("id", "external_id", "operation", "state", "attempts", "said")
        moments = {name: getattr(self, name) for name in ("created_at", "retry_at", "settled_at")}
        shown = {name: moment and moment.isoformat() for name, moment in moments.items()}
        return {name: getattr(self, name) for name in names} | shown
