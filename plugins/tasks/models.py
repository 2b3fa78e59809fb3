"""Tasks of other systems, as they delivered them. What closes a task is its system."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models import Entry
from portal.ingestion.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, person: Person | AnonymousUser) -> TaskQuerySet:
        """What the person may read now: the rule of the catalogue, in the same statement."""
        entries = Entry.objects.visible_to(person).filter(
            label="tasks.task", key=Cast(OuterRef("pk"), models.CharField())
        )
        return self.filter(Exists(entries))

    def of(self, person: Person | AnonymousUser) -> TaskQuerySet:
        """The person's own tasks, those that are due first, first; what has no date comes last."""
        mine = self.visible_to(person).filter(assignee=person.pk).select_related("source")
        return mine.order_by(F("due_on").asc(nulls_last=True), F("due_at").asc(nulls_last=True), "pk")

    def waiting(self) -> TaskQuerySet:
        """Open, and still there at the source."""
        return self.filter(state=Task.State.OPEN, missing_since=None)

    def closed(self) -> TaskQuerySet:
        """Done, or no longer there; what changed last, first."""
        return self.filter(Q(state=Task.State.DONE) | Q(missing_since__isnull=False)).order_by("-updated_at", "-pk")

    def with_system(self) -> TaskQuerySet:
        """Each with `where_from`: what `Task.where` says, to filter and count by."""
        named = Case(When(system="", then=F("source__name")), default=F("system"))
        return self.annotate(where_from=named)


class Task(models.Model):
    """Something somebody has to do in another system."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")

    class Priority(models.TextChoices):
        LOW = "low", _("low")
        NORMAL = "normal", _("normal")
        HIGH = "high", _("high")

    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    # Empty after the person was erased: then nobody sees it.
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # The address or user name of whoever has to do it, in small letters, as long as nobody here has it.
    awaits = models.CharField(max_length=254, blank=True)
    due_on = models.DateField(null=True)
    # Only of a task that is due at a time of the day.
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    url = models.CharField(max_length=500, blank=True)
    system = models.CharField(max_length=80, blank=True)
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    # How its system calls the state, "In review"; "" where it gives no more than open or done.
    status = models.CharField(max_length=80, blank=True)
    updated_at = models.DateTimeField()
    # The source no longer delivers it; it stays for a while, and says so.
    missing_since = models.DateTimeField(null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="task_once")]
        indexes = [
            models.Index(fields=["assignee", "due_on"], name="task_due", condition=Q(state="open")),
            models.Index(fields=["awaits"], condition=~Q(awaits=""), name="task_awaits"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("tasks:task", args=[self.pk])

    @property
    def where(self) -> str:
        """The system that closes it."""
        return self.system or self.source.name

    @property
    def day(self) -> date | None:
        """On which day it is due where the reader is: of a time that is not the same day everywhere."""
        return timezone.localdate(self.due_at) if self.due_at else self.due_on

    def days_late(self, today: date) -> int:
        """How many days ago it was due; 0 on the day and before."""
        return max((today - self.day) // timedelta(days=1), 0) if self.day else 0
