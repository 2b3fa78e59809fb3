"""What people are told of, each of their own."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models import Entry
from portal.notifications import kinds

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, person: Person | AnonymousUser) -> NotificationQuerySet:
        """The person's own, of plugins that are on for them, about what they may see now."""
        if not person.is_authenticated or not person.is_active:
            return self.none()
        known = [Q(plugin=plugin, type__in=types) for plugin, types in kinds.open_to(person).items()]
        if not known:
            return self.none()
        seen = Exists(Entry.objects.visible_to(person).filter(pk=OuterRef("entry")))
        return self.filter(reduce(or_, known), Q(entry=None) | seen, person=person.pk)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)


class Notification(models.Model):
    """One thing a person is told. How it reads is up to its type (`kinds`): `data` is what that needs, as JSON."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    # "": the core's.
    plugin = models.SlugField(blank=True)
    type = models.SlugField()
    # What is told again under the same key takes the place of what was told before.
    key = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    # What it is about: who may not see that does not see the notification either.
    entry = models.ForeignKey(Entry, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(_("told"))
    read_at = models.DateTimeField(_("read"), null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["person", "plugin", "type", "key"], name="notification_once"),
        ]
        indexes = [
            models.Index(fields=["person", "-created_at", "-id"], name="notification_newest"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["created_at"], name="notification_age"),
        ]

    def __str__(self) -> str:
        return f"{self.plugin or 'core'}.{self.type} · {self.key}"
