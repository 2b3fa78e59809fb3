"""Key figures and their readings, as the source delivered them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.ingestion.models import Source
from portal.people.models import Department

SPARK_POINTS = 12


class KpiQuerySet(models.QuerySet["Kpi"]):
    def with_recent(self) -> KpiQuerySet:
        """With what a card says: `recent` holds the newest readings, newest first. Two queries."""
        newest = Reading.objects.order_by("-date")[:SPARK_POINTS]
        related = self.select_related("source__department", "department", "owner")
        return related.prefetch_related(Prefetch("readings", newest, to_attr="recent"))


class Kpi(models.Model):
    """A figure that is read again and again."""

    class Direction(models.TextChoices):
        UP = "up", _("higher is better")
        DOWN = "down", _("lower is better")
        NONE = "none", _("inside the band is better")

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    # Empty: the home of the source, whatever that is at the time.
    department = models.ForeignKey(Department, models.SET_NULL, null=True, related_name="+")
    direction = models.CharField(max_length=4, choices=Direction.choices, default=Direction.NONE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # The band readers were last told about on the timeline.
    announced = models.CharField(max_length=5, blank=True)
    read_at = models.DateTimeField()

    objects = KpiQuerySet.as_manager()

    recent: list[Reading]  # of `with_recent`

    class Meta:
        verbose_name = _("key figure")
        verbose_name_plural = _("key figures")
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="kpi_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("kpis:kpi", args=[self.pk])

    @property
    def home(self) -> Department:
        return self.department or self.source.department


class Reading(models.Model):
    """The value of a key figure on a day, with what was aimed at then."""

    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="readings")
    date = models.DateField()
    value = models.DecimalField(max_digits=18, decimal_places=4)
    target = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    lower = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    upper = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    note = models.CharField(max_length=1000, blank=True)
    # The source no longer delivers it; it stays as the last good value.
    missing_since = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [models.UniqueConstraint(fields=["kpi", "date"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.date}: {self.value}"
