"""What is kept of what people seek; the package's docstring says for how long, and why it is anonymous."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from search.seeking.conf import PHRASE_CHARACTERS, people_needed


class Measure(models.TextChoices):
    """What is counted of a phrase; searches of one person on one day are one."""

    SOUGHT = "sought", _("Searches")
    NOTHING = "nothing", _("Without results")
    UNCLICKED = "unclicked", _("Without a click")
    CLICKED = "clicked", _("With a click")


class Round(models.Model):
    """A calendar month and its half of the key. `check_value` tells whether the other half is still the same."""

    month = models.DateField(unique=True)  # its first day
    salt = models.BinaryField(max_length=32)
    check_value = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Sought(models.Model):
    """That somebody sought a phrase on a day. Never shown; counted and deleted the night after."""

    mark = models.BigIntegerField(primary_key=True)
    round_id = models.BigIntegerField()  # no foreign key: a round that is gone makes the row void
    day = models.DateField(db_index=True)
    phrase = models.CharField(max_length=PHRASE_CHARACTERS)
    language = models.CharField(max_length=10)
    seat = models.PositiveSmallIntegerField()
    nothing = models.BooleanField(default=False)
    clickable = models.BooleanField(default=False)  # results were shown where clicks are told
    position = models.PositiveSmallIntegerField(null=True)  # of the first result that was opened, from 1

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.phrase} · {self.day}"


class _Count(models.Model):
    phrase = models.CharField(_("phrase"), max_length=PHRASE_CHARACTERS)
    language = models.CharField(_("language"), max_length=10)
    measure = models.CharField(max_length=10, choices=Measure)
    first_day = models.DateField()
    last_day = models.DateField()
    people = models.PositiveIntegerField()  # different ones, at least
    count = models.PositiveIntegerField()
    positions = models.PositiveBigIntegerField(default=0)  # their sum, for CLICKED

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.phrase} · {self.language} · {self.measure}"


class Tally(_Count):
    """A figure in the making: too few people as yet. `seats` is the set of those taken, a bit each."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="tallies")
    seats = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["round", "phrase", "language", "measure"], name="search_tally_once")
        ]


class FigureQuerySet(models.QuerySet["Figure"]):
    def shown(self) -> FigureQuerySet:
        """Those of enough people, also after more have come to be needed."""
        return self.filter(people__gte=max(1, people_needed()))

    def within(self, first: date, last: date) -> FigureQuerySet:
        """Those that lie in the period as a whole: a part of one would be about fewer people."""
        return self.filter(first_day__gte=first, last_day__lte=last)

    def of_days(self, days: int) -> FigureQuerySet:
        """Those of the last so many days that are over."""
        today = timezone.localdate()
        return self.within(today - timedelta(days=days), today - timedelta(days=1))

    def report(self, measure: str, *, days: int, language: str = "") -> models.QuerySet[Any, Any]:
        """A row for each phrase and language of which the measure is known, highest first.

        Rows are dicts: phrase, language, a number for each Measure (None: too few people to be shown) and `positions`,
        the sum of where the results stood that were opened.
        """
        found = self.shown().of_days(days)
        if language:
            found = found.filter(language=language)
        counts = {each.value: Sum("count", filter=Q(measure=each)) for each in Measure}
        rows = found.order_by().values("phrase", "language").annotate(**counts, positions=Sum("positions"))
        return rows.filter(**{f"{measure}__isnull": False}).order_by(F(measure).desc(), "phrase", "language")


class Figure(_Count):
    """A number about at least K people, of the days from `first_day` to `last_day`."""

    objects = FigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("phrase sought")
        verbose_name_plural = _("phrases sought")
        default_permissions = ()
        permissions = [("see_seeking", _("Can see what people seek"))]
        indexes = [models.Index(fields=["first_day", "last_day"], name="search_figure_days")]


class PageAbout(models.Model):
    """The page that somebody began about a phrase in a language, the newest one."""

    phrase = models.CharField(max_length=PHRASE_CHARACTERS)
    language = models.CharField(max_length=10)
    page = models.ForeignKey("wagtailcore.Page", models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["phrase", "language"], name="search_page_about_once")]

    def __str__(self) -> str:
        return f"{self.phrase} · {self.language}"
