"""Shifts, as the rota system delivered them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models import Entry
from portal.ingestion.models import Source
from portal.people.models import Department

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person


# What lasts longer is no shift: so those that run now are found among those that began since then.
LONGEST = timedelta(days=31)


class ShiftQuerySet(models.QuerySet["Shift"]):
    def visible_to(self, person: Person | AnonymousUser) -> ShiftQuerySet:
        """What the person may read now: the rule of the catalogue, in the same statement."""
        entries = Entry.objects.visible_to(person).filter(
            label="rosters.shift", key=Cast(OuterRef("pk"), models.CharField())
        )
        return self.filter(Exists(entries))

    def of(self, person: Person | AnonymousUser) -> ShiftQuerySet:
        """Those that the person works and may read."""
        return self.visible_to(person).filter(person=person.pk)

    def running(self, start: datetime, until: datetime) -> ShiftQuerySet:
        """Those that run at some moment between the two."""
        return self.from_now(start).filter(starts_at__lte=until)

    def from_now(self, now: datetime) -> ShiftQuerySet:
        """What runs now or begins later; of a person, without going through all that is over."""
        return self.filter(starts_at__gt=now - LONGEST, ends_at__gt=now)

    def around(self, first: date, last: date) -> ShiftQuerySet:
        """Everything that may begin on one of these days in any time zone, and what runs into the first."""
        start = datetime.combine(first - timedelta(days=2), datetime.min.time(), ZoneInfo("UTC"))
        end = datetime.combine(last + timedelta(days=2), datetime.min.time(), ZoneInfo("UTC"))
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def standing(self) -> ShiftQuerySet:
        """Neither cancelled nor gone from the roster."""
        return self.filter(cancelled=False, missing_since=None)

    def open(self) -> ShiftQuerySet:
        """Nobody works them yet."""
        return self.filter(person=None, name="")

    def for_lists(self) -> ShiftQuerySet:
        return self.select_related("person", "department", "source").order_by("starts_at", "pk")


class Shift(models.Model):
    """Somebody works, or somebody is sought, from one moment to another."""

    class Kind(models.TextChoices):
        DAY = "day", _("Day")
        LATE = "late", _("Late")
        NIGHT = "night", _("Night")
        OTHER = "other", _("Shift")

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=200)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    # Without a person and without a name the shift is open.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    # The address of whoever is meant, in small letters, as long as nobody here has it.
    awaits = models.CharField(max_length=254, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Whose clocks the times are read on: where the work is.
    time_zone = models.CharField(max_length=60)
    all_day = models.BooleanField(default=False)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.OTHER)
    note = models.CharField(max_length=1000, blank=True)
    # Where the rota system itself shows it; "" if it gives no address.
    link = models.CharField(max_length=500, blank=True)
    # What a private shift really is called (title, note, link); plugins.rosters.private says who reads that.
    own_words = models.JSONField(default=dict, blank=True)
    cancelled = models.BooleanField(default=False)
    # The rota system no longer has it; it stays, and says so.
    missing_since = models.DateTimeField(null=True)
    read_at = models.DateTimeField()
    # How often it has changed, for calendars (RFC 5545, 3.8.7.4).
    sequence = models.PositiveIntegerField(default=0)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="shift_once")]
        indexes = [
            models.Index(fields=["person", "starts_at"], name="shift_person"),
            models.Index(fields=["department", "starts_at"], name="shift_department"),
            models.Index(fields=["starts_at", "ends_at"], name="shift_times"),
            models.Index(fields=["awaits"], condition=~Q(awaits=""), name="shift_awaits"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.starts_at}"

    def get_absolute_url(self) -> str:
        """Its place in the week and department it stands in."""
        year, number, _day = self.starts.isocalendar()
        query = urlencode({"week": f"{year}-W{number:02d}", "department": self.department.url_path})
        return f"{reverse('rosters:team')}?{query}#shift-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.person_id is None and not self.name

    @property
    def stands(self) -> bool:
        return not self.cancelled and self.missing_since is None

    @property
    def starts(self) -> datetime:
        """On the clocks where the work is."""
        return self.starts_at.astimezone(ZoneInfo(self.time_zone))

    @property
    def ends(self) -> datetime:
        return self.ends_at.astimezone(ZoneInfo(self.time_zone))

    @property
    def length(self) -> timedelta:
        """As it passes for whoever works it, whatever the clocks do meanwhile."""
        return self.ends_at - self.starts_at

    @property
    def clocks_change(self) -> bool:
        """Whether the clocks are put forward or back between its start and its end."""
        return self.starts.utcoffset() != self.ends.utcoffset()

    @property
    def who(self) -> str:
        """The name of whoever works it, "" for an open one."""
        return self.person.display_name if self.person else self.name


class Feed(models.Model):
    """The secret address under which somebody's calendar reads their shifts. Only the secret's hash is kept."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return f"calendar address {self.pk}"  # no name: it stands in the audit log for ever
