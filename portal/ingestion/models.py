"""What is kept of ingestion: sources, their inbox, the runs, what is known of each item, what was refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.audience import tokens
from portal.audience.expressions import Expression, any_of
from portal.ingestion import adapters
from portal.ingestion.fetch_models import Fetch
from portal.ingestion.querysets import DeliveryQuerySet
from portal.ingestion.reach import reach
from portal.ingestion.rejected_models import RejectedItem
from portal.ingestion.sealing import seal, unseal
from portal.ingestion.transports.settings import TransportSettings
from portal.ingestion.write_back_models import WriteBack
from portal.people.models import Department, Person

if TYPE_CHECKING:
    from portal.ingestion.adapter import AdapterSettings
    from portal.ingestion.write_back import Operation

__all__ = ["Chunk", "Delivery", "Fetch", "Record", "RejectedItem", "Run", "Source", "WriteBack"]


class Source(models.Model):
    """An external application that delivers: adapter, settings, home department, audience, schedule."""

    class Trouble(models.TextChoices):
        NONE = "", _("none")
        FAILING = "failing", _("failing")
        HELD = "held", _("held for confirmation")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120, help_text=_("As readers see it: “the rota system”"))
    adapter = models.CharField(_("adapter"), max_length=100)
    plugin = models.SlugField(_("plugin"), editable=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="sources", verbose_name=_("department"))
    audience_key = models.TextField(_("audience"), blank=True)  # "": the home department
    # How far each item reaches (portal.ingestion.reach.Role); empty: as its adapter has it.
    audience_roles = models.JSONField(_("audience of each item"), default=list, blank=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    pull_from = models.CharField(
        _("pull from"),
        max_length=1000,
        blank=True,
        help_text=_("An address, or a file or a folder/ in the drop folder"),
    )
    transport = models.JSONField(_("transport"), default=dict, blank=True)
    schedule = models.CharField(_("schedule"), max_length=100, blank=True, help_text=_("In cron form"))
    next_run_at = models.DateTimeField(_("next pull"), null=True, blank=True)
    paused = models.BooleanField(_("paused"), default=False)
    allowed_hosts = models.JSONField(
        _("allowed hosts"), default=list, blank=True, help_text=_("Hosts inside the own network it may fetch from")
    )
    sealed_secrets = models.TextField(editable=False)
    sealed_token = models.TextField(editable=False, blank=True)
    stale_after = models.PositiveIntegerField(
        _("stale after minutes"), null=True, blank=True, help_text=_("Empty: after two missed pulls")
    )
    hold_share = models.PositiveSmallIntegerField(
        _("hold from percent"),
        null=True,
        blank=True,
        default=50,
        validators=[MaxValueValidator(100)],
        help_text=_("A delivery that changes or takes away a larger share waits for confirmation. Empty: none waits"),
    )
    last_success_at = models.DateTimeField(_("last read"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    # When what `last_error` tells of was sent or fetched: what is older does not take it back.
    failed_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    told = models.ManyToManyField(
        Person, related_name="+", blank=True, verbose_name=_("whom to tell"), help_text=_("Nobody named: central IT")
    )
    trouble = models.CharField(max_length=7, choices=Trouble.choices, blank=True, editable=False)
    # Of its last answer, so that an unchanged one is neither sent nor stored again.
    etag = models.CharField(max_length=500, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    # Up to when complete deliveries were applied: what is older has nothing to add, nor has what says the same.
    covered_at = models.DateTimeField(null=True, editable=False)
    covered_hash = models.CharField(max_length=64, blank=True, editable=False)
    # Of how its items were read the last time: with other settings all of them change, and nothing is amiss.
    configuration_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def audience_expression(self) -> Expression:
        """Whom the items are for, unless the adapter knows better for one of them."""
        if self.audience_key:
            return Expression.from_key(self.audience_key)
        return any_of(tokens.department(self.department_id))

    @property
    def roles(self) -> Sequence[str]:
        """How far an item reaches (values of Role): as the source has it, else its adapter. Raises NoSuchAdapter."""
        found: Sequence[str] = self.audience_roles or adapters.get(self.adapter).audience_roles
        return found

    @property
    def operations(self) -> dict[str, Operation]:
        """What may be written back to it, by slug; nothing where there is no address to write to."""
        adapter = adapters.every().get(self.adapter)
        if adapter is None or "://" not in self.pull_from:
            return {}
        return {operation.slug: operation for operation in adapter[0].operations}

    def audience_of(self, people: Iterable[int | None], department: Department) -> Expression:
        """Whom one item is for, by its own people (ids) and department. No query. Raises NoSuchAdapter."""
        return reach(self.roles, source=self.audience_expression, people=people, department=department)

    @property
    def adapter_settings(self) -> AdapterSettings:
        """The settings, typed by the adapter's own model."""
        return adapters.get(self.adapter).settings_model.model_validate(self.settings)

    @property
    def transport_settings(self) -> TransportSettings:
        """How the source is read, typed."""
        return TransportSettings.model_validate(self.transport)

    @property
    def secrets(self) -> list[str]:
        """The secrets a push may be signed with, newest first; two during a rotation. Raises SealBroken."""
        kept: list[str] = json.loads(unseal(self.sealed_secrets) or "[]")
        return kept

    @secrets.setter
    def secrets(self, values: list[str]) -> None:
        self.sealed_secrets = seal(json.dumps(values[:2]))

    @property
    def token(self) -> str:
        """The secret for pulls (token, password or client secret), "" without. Raises SealBroken."""
        return unseal(self.sealed_token)

    @token.setter
    def token(self, value: str) -> None:
        self.sealed_token = seal(value)


class Delivery(models.Model):
    """The inbox: one payload as it came. It is kept before anything is made of it."""

    class Kind(models.TextChoices):
        PULL = "pull", _("fetched")
        PUSH = "push", _("sent")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        APPLIED = "applied", _("applied")
        FAILED = "failed", _("failed")
        HELD = "held", _("held for confirmation")
        DISCARDED = "discarded", _("not applied")
        IGNORED = "ignored", _("ignored")

    source = models.ForeignKey(Source, models.CASCADE, related_name="deliveries", verbose_name=_("source"))
    receipt = models.UUIDField(_("receipt"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    sent_at = models.DateTimeField(_("sent"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    content_hash = models.CharField(max_length=64)
    # Of the moment of sending and the body: the same delivery twice is one.
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    retry_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "fingerprint"], name="delivery_once"),
            models.UniqueConstraint(fields=["source", "sent_at"], name="delivery_order"),
        ]
        indexes = [
            models.Index(fields=["sent_at"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["received_at"], name="delivery_received"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} · {self.sent_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("ingest_receipt", args=[self.source.slug, self.receipt])


class Chunk(models.Model):
    """A piece of a delivery's body: commits with the delivery, and is read without the others."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="chunk_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id} · {self.number}"


class Run(models.Model):
    """One attempt to apply one delivery, with what came of it."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        IGNORED = "ignored", _("ignored, a newer delivery was applied before")
        HELD = "held", _("held for confirmation")

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("by schedule")
        PUSH = "push", _("by a delivery")
        COMMAND = "command", _("by hand")

    source = models.ForeignKey(Source, models.CASCADE, related_name="runs", verbose_name=_("source"))
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="runs", verbose_name=_("delivery"))
    trigger = models.CharField(_("trigger"), max_length=10, choices=Trigger.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # read, new, changed, unchanged, older, rejected, missing
    counts = models.JSONField(_("counts"), default=dict)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.source_id} · {self.started_at:%Y-%m-%d %H:%M} · {self.state}"


class Record(models.Model):
    """What is known of one item: its content as of which delivery, and since when it is missing."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="records")
    external_id = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    delivered_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="record_once")]
        indexes = [
            models.Index(
                fields=["source", "delivered_at"], condition=Q(missing_since__isnull=True), name="record_present"
            )
        ]

    def __str__(self) -> str:
        return self.external_id
