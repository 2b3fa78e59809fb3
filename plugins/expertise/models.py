from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import ItemBase

from portal.catalogue.models import Topic


class DeclaredSkill(ItemBase):
    """That somebody says they know about a topic."""

    content_object = models.ForeignKey("Expertise", models.CASCADE, related_name="declared")
    tag = models.ForeignKey(Topic, models.CASCADE, related_name="declared_skills")

    class Meta:
        verbose_name = _("declared skill")
        verbose_name_plural = _("declared skills")
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="skill_once")]

    def __str__(self) -> str:
        return f"skill {self.pk}"


class Expertise(models.Model):
    """What somebody says they know about, in the vocabulary of topics that pages and posts use too."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    skills = TaggableManager(_("skills"), through=DeclaredSkill, related_name="+", blank=True)

    class Meta:
        verbose_name = _("expertise")
        verbose_name_plural = _("expertise")

    def __str__(self) -> str:
        return f"expertise {self.pk}"
