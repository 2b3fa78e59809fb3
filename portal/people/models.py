"""People, the departments they work in, and what they are there."""

from __future__ import annotations

import zlib
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager


class Location(models.Model):  # type: ignore[django-manager-missing]
    """A site: where people work and buildings stand."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), unique=True)

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A profession or function that content can be addressed to, such as nurse."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), unique=True)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DepartmentManager(MP_NodeManager):
    def organisation(self) -> Department | None:
        """The root of the tree: the organisation itself."""
        return self.filter(depth=1).first()


class Department(MP_Node):
    """A node of the organisation's tree. A team is a leaf; the organisation is the root."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=80)
    url_path = models.CharField(_("address"), max_length=500, unique=True, editable=False)
    hue = models.PositiveSmallIntegerField(_("hue"), default=225, help_text=_("0 to 359, the accent of its pages"))
    location = models.ForeignKey(
        Location,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="departments",
        verbose_name=_("location"),
    )

    objects = DepartmentManager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("department", args=[self.url_path])

    @property
    def initial(self) -> str:
        return self.name[:1].upper()


class PersonManager(UserManager):
    def active(self) -> models.QuerySet[Person]:
        return self.filter(is_active=True)  # type: ignore[return-value]

    def without_entry(self) -> models.QuerySet[Person]:
        """Active people whose entry is still to be made; answered from an index."""
        return self.active().filter(has_entry=False)


class Person(AbstractUser):
    """Somebody who works here; the user model."""

    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    place = models.CharField(_("place"), max_length=120, blank=True, help_text=_("House and room"))
    location = models.ForeignKey(
        Location, models.SET_NULL, null=True, blank=True, related_name="people", verbose_name=_("location")
    )
    role = models.ForeignKey(
        Role, models.SET_NULL, null=True, blank=True, related_name="people", verbose_name=_("role")
    )
    languages = models.CharField(_("speaks"), max_length=200, blank=True)
    language = models.CharField(_("language of the interface"), max_length=10, default="en")
    photo = models.ImageField(_("photo"), upload_to="photos", blank=True)
    # Whether there may be a notification they have not read: who has none costs no query.
    has_unread = models.BooleanField(default=False, editable=False)
    # Whether their entry was made. Whoever is put in by whatever way begins without, and so is found by the worker.
    has_entry = models.BooleanField(default=False, db_default=False, editable=False)
    # Grows when what the person belongs to changes, so that cached rights end with the next request.
    access_version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["first_name", "last_name", "pk"]
        # Holds next to nothing: asked every few seconds, however many people there are.
        indexes = [
            models.Index(fields=["id"], name="person_without_entry", condition=Q(is_active=True, has_entry=False))
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        letters = (self.first_name[:1] + self.last_name[:1]) or self.username[:2]
        return letters.upper()

    @property
    def hue(self) -> int:
        """0 to 359, the colour of the initials; the same on every machine."""
        return zlib.crc32(self.username.encode()) % 360

    def get_absolute_url(self) -> str:
        return reverse("person", args=[self.username])

    @cached_property
    def primary_department(self) -> Department | None:
        membership = self.memberships.select_related("department").filter(is_primary=True).first()
        return membership.department if membership else None


class Membership(models.Model):
    """That somebody belongs to a department, and with which rights there."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    department = models.ForeignKey(Department, models.CASCADE, related_name="memberships", verbose_name=_("department"))
    is_primary = models.BooleanField(_("primary"), default=False)
    is_head = models.BooleanField(_("head"), default=False)
    is_editor = models.BooleanField(_("editor"), default=False)
    is_moderator = models.BooleanField(_("moderator"), default=False)
    is_local_it = models.BooleanField(_("local IT"), default=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["person", "department"], name="membership_once"),
            models.UniqueConstraint(fields=["person"], condition=Q(is_primary=True), name="membership_one_primary"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.department}"


class Follow(models.Model):
    """Somebody wants to see more of what somebody else writes."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    followed = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("followed"))
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        constraints = [models.UniqueConstraint(fields=["person", "followed"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.followed_id}"
