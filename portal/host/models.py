from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.people.models import Department


class Rule(models.Model):
    """What IT decided about one plugin in one department. Survives the plugin: the slug is text."""

    class State(models.TextChoices):
        FORCED_ON = "forced_on", _("forced on")
        ON = "on", _("on")
        INHERIT = "inherit", _("inherit")
        OFF = "off", _("off")
        FORCED_OFF = "forced_off", _("forced off")

    plugin = models.SlugField(_("plugin"))
    department = models.ForeignKey(
        Department, models.CASCADE, related_name="plugin_rules", verbose_name=_("department")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.INHERIT)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("plugin rule")
        verbose_name_plural = _("plugin rules")
        constraints = [
            models.UniqueConstraint(fields=["plugin", "department"], name="rule_once"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=models.F("ends_at")),
                name="rule_starts_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plugin} {self.get_state_display()} · {self.department}"


class Gate(models.Model):
    """An interned set of (plugin, home department) pairs. Immutable, like an audience."""

    id = models.BigIntegerField(primary_key=True)
    key = models.CharField(max_length=500, unique=True)  # "comments@5,kpis@5"; "" is the gate without a condition

    def __str__(self) -> str:
        return self.key or "-"
