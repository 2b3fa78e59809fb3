"""Key figures and their readings, as the source delivered them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.ingestion.models import Source
from portal.people.models import Department

SPARK_POINTS = 12


class KpiQuerySet(models.QuerySet["Kpi"]):
    def with_recent(self) -> KpiQuerySet:
        """With what a card says: `recent` holds the newest readings, newest first. Three queries."""
        newest = Reading.objects.order_by("-date")[:SPARK_POINTS]
        related = self.select_related("source__department", "department", "owner")
        return related.prefetch_related(
            Prefetch("readings", newest.select_related("own_note"), to_attr="recent"),
            Prefetch("definitions", Definition.objects.newest()[:1], to_attr="own_definitions"),
        )


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
    # What is measured and how, in the source's words; where it has none, see `Definition`.
    definition = models.TextField(blank=True)
    # Empty: the home of the source, whatever that is at the time.
    department = models.ForeignKey(Department, models.SET_NULL, null=True, related_name="+")
    direction = models.CharField(max_length=4, choices=Direction.choices, default=Direction.NONE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # The address or user name of the owner, in small letters, as long as nobody here has it.
    awaits = models.CharField(max_length=254, blank=True)
    # The band readers were last told about on the timeline.
    announced = models.CharField(max_length=5, blank=True)
    # Of the crossing that was told last: the band it came from and the day of the reading; empty before the first.
    crossed_from = models.CharField(max_length=5, blank=True)
    crossed_on = models.DateField(null=True)
    # The value subscribers were last told about, or knew when they subscribed.
    told_value = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    read_at = models.DateTimeField()

    objects = KpiQuerySet.as_manager()

    # of `with_recent`
    recent: list[Reading]
    own_definitions: list[Definition]

    class Meta:
        verbose_name = _("key figure")
        verbose_name_plural = _("key figures")
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="kpi_once")]
        indexes = [models.Index(fields=["awaits"], condition=~Q(awaits=""), name="kpi_awaits")]

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

    @property
    def remark(self) -> str:
        """Its notes: the source's, then what somebody added here."""
        own = getattr(self, "own_note", None)
        return " ".join(text for text in (self.note, own.text if own else "") if text)


class DefinitionQuerySet(models.QuerySet["Definition"]):
    def newest(self) -> DefinitionQuerySet:
        return self.order_by("-written_at", "-pk")


class Definition(models.Model):
    """What a figure measures, written here where its source does not say. The newest counts; the others are history."""

    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="definitions")
    text = models.TextField(blank=True)  # empty: it was withdrawn
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("definition of a key figure")
        verbose_name_plural = _("definitions of key figures")

    def __str__(self) -> str:
        return self.text


class ReadingNote(models.Model):
    """What somebody here says of a reading. Deliveries of the reading leave it alone."""

    reading = models.OneToOneField(Reading, models.CASCADE, related_name="own_note")
    text = models.CharField(max_length=1000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("note on a reading")
        verbose_name_plural = _("notes on readings")

    def __str__(self) -> str:
        return self.text


class Subscription(models.Model):
    """Somebody wants to be told when a figure crosses: into another band, or a number of their own."""

    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="subscriptions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    bands = models.BooleanField(default=True)
    above = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    below = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("subscription to a key figure")
        verbose_name_plural = _("subscriptions to key figures")
        constraints = [models.UniqueConstraint(fields=["kpi", "person"], name="kpi_subscribed_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.kpi_id}"
