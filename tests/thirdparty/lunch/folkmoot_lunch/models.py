from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from portal.catalogue.models import Entry
from portal.ingestion.models import Source
from portal.people.models import Department

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from portal.people.models import Person


class MenuQuerySet(models.QuerySet["Menu"]):
    def visible_to(self, person: Person | AnonymousUser) -> MenuQuerySet:
        """What this person may read now: the rule of the catalogue, in the same statement."""
        key = Cast(OuterRef("pk"), models.CharField())
        entries = Entry.objects.visible_to(person).filter(label="lunch.menu", key=key)
        return self.filter(Exists(entries)).select_related("department", "source")

    def to_come(self) -> MenuQuerySet:
        """Of today and later, the next one first."""
        return self.filter(day__gte=timezone.localdate()).order_by("day", "pk")


class Menu(models.Model):
    """What is for lunch on one day: written by somebody, or delivered by the canteen's system."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    day = models.DateField(_("day"))
    dishes = models.TextField(_("dishes"), help_text=_("One a line."))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")
    # The source no longer lists it: it is hidden, and comes back if the source lists it again.
    missing_since = models.DateTimeField(null=True)

    objects = MenuQuerySet.as_manager()

    class Meta:
        verbose_name = _("menu")
        verbose_name_plural = _("menus")
        constraints = [
            models.UniqueConstraint(fields=["source", "day"], name="menu_delivered_once"),
            models.UniqueConstraint(fields=["department", "day"], condition=Q(source=None), name="menu_written_once"),
        ]

    def __str__(self) -> str:
        return str(self.day)

    def get_absolute_url(self) -> str:
        return reverse("lunch:menu", args=[self.pk])

    @property
    def lines(self) -> list[str]:
        return self.dishes.splitlines()
