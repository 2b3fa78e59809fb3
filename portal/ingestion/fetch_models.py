"""What became of fetches that brought no delivery: those that failed, and those that found nothing new."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# So many of a source are kept, the newest: a source that fails every minute tells of three hours.
KEPT = 200


class Fetch(models.Model):
    """A fetch that failed; or `times` fetches in a row, with no delivery between them, that found nothing new."""

    class State(models.TextChoices):
        FAILED = "failed", _("fetch failed")
        UNCHANGED = "unchanged", _("nothing new")

    source = models.ForeignKey("ingestion.Source", models.CASCADE, related_name="fetches", verbose_name=_("source"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))
    times = models.PositiveIntegerField(_("times"), default=1)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("fetch")
        verbose_name_plural = _("fetches")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.source_id} · {self.started_at:%Y-%m-%d %H:%M} · {self.state}"

    @property
    def duration(self) -> float | None:
        """Seconds it took; None for several."""
        return (self.finished_at - self.started_at).total_seconds() if self.times == 1 else None

    @classmethod
    def note_failure(cls, source_id: int, error: str, *, started_at: datetime) -> None:
        """Keeps why one failed. `error` fits into the column and can be stored (portal.ingestion.rejections.clean)."""
        cls._keep(source_id, cls.State.FAILED, started_at, error)

    @classmethod
    def note_unchanged(cls, source_id: int, *, started_at: datetime) -> None:
        """Counts it with the ones before it, unless something else came of the source since."""
        newest = cls.objects.filter(source=source_id).first()
        if newest is not None and newest.state == cls.State.UNCHANGED and not newest._was_followed():
            again = cls.objects.filter(pk=newest.pk)
            again.update(times=models.F("times") + 1, finished_at=timezone.now())
            return
        cls._keep(source_id, cls.State.UNCHANGED, started_at, "")

    def _was_followed(self) -> bool:
        return self.source.deliveries.filter(received_at__gt=self.started_at).exists()

    @classmethod
    def _keep(cls, source_id: int, state: str, started_at: datetime, error: str) -> None:
        cls.objects.create(
            source_id=source_id, state=state, started_at=started_at, finished_at=timezone.now(), error=error
        )
        old = cls.objects.filter(source=source_id).values_list("pk", flat=True)[KEPT : KEPT + 1]
        for pk in old:
            cls.objects.filter(source=source_id, pk__lte=pk).delete()
