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


class PluginSettings(models.Model):
    """Values of a plugin's settings set in one department: organisation-wide at the root, overrides below it.

    Only what was set here is kept; the rest comes from above, in the end from the schema's defaults.
    """

    plugin = models.SlugField(_("plugin"))
    department = models.ForeignKey(Department, models.CASCADE, related_name="+", verbose_name=_("department"))
    values = models.JSONField(_("values"), default=dict)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("plugin settings")
        verbose_name_plural = _("plugin settings")
        constraints = [models.UniqueConstraint(fields=["plugin", "department"], name="plugin_settings_once")]

    def __str__(self) -> str:
        return f"{self.plugin} · {self.department}"


class Grant(models.Model):
    """Who holds a permission of a plugin in a department and below, unless granted otherwise there.

    `holders` is a list of Permission.HOLDERS ("members", "heads", ...); the empty list is nobody.
    """

    plugin = models.SlugField(_("plugin"))
    permission = models.SlugField(_("permission"))
    department = models.ForeignKey(Department, models.CASCADE, related_name="+", verbose_name=_("department"))
    holders = models.JSONField(_("held by"), default=list)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [models.UniqueConstraint(fields=["plugin", "permission", "department"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.plugin}.{self.permission} · {self.department}"


class Trouble(models.Model):
    """How one contribution of a plugin ("widget key-figures") has failed of late, and whether its breaker is open.

    No row: it never failed. `failures` counts since it last worked; `open_until` is set while the breaker is open.
    """

    plugin = models.SlugField()
    place = models.CharField(max_length=120)
    failures = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    openings = models.PositiveIntegerField(default=0)  # since it last worked: each lasts longer
    error = models.CharField(max_length=500, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    open_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("trouble of a plugin")
        verbose_name_plural = _("troubles of plugins")
        constraints = [models.UniqueConstraint(fields=["plugin", "place"], name="trouble_once")]

    def __str__(self) -> str:
        return f"{self.plugin} {self.place}"


class Archive(models.Model):
    """An export of all of a plugin's data, made before it was retired or purged.

    `path` is relative to FOLKMOOT_ARCHIVE_DIR, `sha256` of the whole file, `rows` the number of rows by model label.
    """

    class State(models.TextChoices):
        EXPORTED = "exported", _("exported")
        RETIRED = "retired", _("retired")
        RESTORED = "restored", _("restored")
        PURGED = "purged", _("purged")

    plugin = models.SlugField(_("plugin"))
    version = models.CharField(_("version"), max_length=40)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.EXPORTED)
    path = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("archive of a plugin")
        verbose_name_plural = _("archives of plugins")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.plugin} {self.version} · {self.path}"
