"""The row of a plugin that holds one delivered item, for the plugin's models."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.ingestion.models import Source


class Delivered(models.Model):
    """What every delivered item has; a subclass adds a field for each field of its Item (portal.ingestion.stored)."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("source"))
    external_id = models.CharField(_("name at the source"), max_length=200)
    # The source no longer delivers it; it stays, and says so.
    missing_since = models.DateTimeField(_("missing since"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="%(app_label)s_%(class)s_once"),
        ]
