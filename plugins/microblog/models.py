from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.people.models import Department


class Post(models.Model):
    """What somebody tells the people of a department, or everyone."""

    class Type(models.TextChoices):
        POST = "post", _("Post")
        QUESTION = "question", _("Question")
        IDEA = "idea", _("Idea")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    type = models.CharField(_("type"), max_length=10, choices=Type.choices, default=Type.POST)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=10, blank=True)
    for_everyone = models.BooleanField(_("for everyone"), default=False)
    created_at = models.DateTimeField(_("written"))
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")

    def __str__(self) -> str:
        # Names of objects stay in the audit log: the text of a deleted post must not.
        return f"post {self.pk}"
