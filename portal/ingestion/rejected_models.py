"""Items that could not be used, and why."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RejectedItem(models.Model):
    """An item that could not be used, and why; kept until it comes right or is dropped."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        REPLAYED = "replayed", _("went in later")
        DROPPED = "dropped", _("dropped")
        FIXED = "fixed", _("mended by hand")

    source = models.ForeignKey(
        "ingestion.Source", models.CASCADE, related_name="rejected_items", verbose_name=_("source")
    )
    run = models.ForeignKey(
        "ingestion.Run", models.CASCADE, related_name="rejected_items", verbose_name=_("last seen in")
    )
    position = models.CharField(_("position"), max_length=200)
    external_id = models.CharField(_("name at the source"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    raw = models.TextField(_("as delivered"), blank=True)
    # Who, or which department, has to be known here before it can be used, in small letters (portal.ingestion.waiting).
    awaits_person = models.CharField(max_length=254, blank=True, editable=False)
    awaits_department = models.CharField(max_length=500, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(_("rejected"), auto_now_add=True)

    class Meta:
        verbose_name = _("rejected item")
        verbose_name_plural = _("rejected items")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "fingerprint"], condition=Q(state="open"), name="rejected_item_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["awaits_person"], condition=Q(state="open") & ~Q(awaits_person=""), name="rejected_for_person"
            ),
            models.Index(
                fields=["awaits_department"],
                condition=Q(state="open") & ~Q(awaits_department=""),
                name="rejected_for_department",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.reason}"
