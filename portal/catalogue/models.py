from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from taggit.models import TagBase

from portal.audience.models import Audience
from portal.catalogue.occasion import Occasion, occasion_of
from portal.catalogue.querysets import EntryQuerySet
from portal.host.models import Gate
from portal.host.plugin import EntryType
from portal.host.registry import registry
from portal.people.models import Department

if TYPE_CHECKING:
    from portal.ingestion.freshness import Freshness


class Topic(TagBase):
    """A tag: one vocabulary for pages, posts and skills."""

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def get_absolute_url(self) -> str:
        return reverse("topic", args=[self.slug])


class Entry(models.Model):
    """One thing people read, as the platform knows it. Written only by catalogue actions."""

    class Kind(models.TextChoices):
        MANAGED = "managed", _("News and pages")
        USER = "user", _("From people")
        AUTOMATED = "automated", _("From systems")

    class State(models.TextChoices):
        LIVE = "live", _("live")
        HIDDEN = "hidden", _("hidden")
        REMOVED = "removed", _("removed")  # a tombstone: no text, purged later

    kind = models.CharField(max_length=10, choices=Kind.choices)
    type = models.CharField(max_length=40)
    label = models.CharField(max_length=100)
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    image = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="entries")
    department = models.ForeignKey(Department, models.PROTECT, related_name="entries")
    plugin = models.SlugField(blank=True, db_index=False)
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    # Targeting alone, before page privacy narrows it: what a lifted restriction goes back to.
    own_audience = models.ForeignKey(Audience, models.PROTECT, related_name="+", db_index=False)
    gate = models.ForeignKey(Gate, models.PROTECT, related_name="+", db_index=False)
    subject = models.ForeignKey("self", models.CASCADE, null=True, related_name="attached")
    root = models.ForeignKey("self", models.CASCADE, null=True, related_name="below")
    topics = models.ManyToManyField(Topic, through="EntryTopic", related_name="entries")
    topic_names = models.JSONField(default=list)
    language = models.CharField(max_length=10, blank=True)
    translation_key = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    # Whether everything it is attached to is live; together with `state` it decides.
    chain_live = models.BooleanField(default=True)
    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    visible_from = models.DateTimeField()
    visible_until = models.DateTimeField(null=True)
    stale_from = models.DateTimeField(null=True)  # see portal.catalogue.card
    tree_path = models.CharField(max_length=255, blank=True)
    facets = models.JSONField(default=dict)
    version = models.BigIntegerField(default=1)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [models.UniqueConstraint(fields=["label", "key"], name="entry_once")]
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="entry_newest"),
            models.Index(fields=["kind", "-published_at"], name="entry_kind_newest"),
            models.Index(fields=["author", "-published_at"], name="entry_author_newest"),
            models.Index(fields=["type", "-published_at"], name="entry_type_newest"),
            models.Index(
                fields=["tree_path"],
                name="entry_tree",
                condition=~Q(tree_path=""),
                opclasses=["varchar_pattern_ops"],
            ),
            models.Index(fields=["visible_until"], name="entry_until", condition=Q(visible_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.url

    @property
    def entry_type(self) -> EntryType:
        """Label and icon of the type; a plain one if its plugin is gone."""
        return registry.types().get(self.type) or EntryType(self.type, self.type, "info", self.kind)

    @property
    def occasion(self) -> Occasion | None:
        """When it takes place or is due, if its owner tells that."""
        return occasion_of(self.facets)

    @property
    def freshness(self) -> Freshness | None:
        """Which source delivered it and how long ago; None for what none did.

        One query for all the entries of a list from `for_cards`, when the first of them is asked.
        """
        if "_freshness" not in self.__dict__:
            from portal.ingestion.freshness import freshness_of_entries

            together: list[Entry] = self.__dict__.get("_together") or [self]
            found = freshness_of_entries(together)
            for entry in together:
                entry.__dict__["_freshness"] = found.get(entry.pk)
        known: Freshness | None = self.__dict__["_freshness"]
        return known


class EntryTopic(models.Model):
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="entry_topics")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="entry_topics")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "entry"], name="entry_topic_once")]

    def __str__(self) -> str:
        return f"{self.topic} · {self.entry}"


class EntryFile(models.Model):
    """That an entry shows a stored file: what makes the file readable for the entry's readers."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="files")
    path = models.CharField(max_length=300, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "path"], name="entry_file_once")]

    def __str__(self) -> str:
        return self.path


class Outbox(models.Model):
    """What an engine's index still has to take over. Deleted when the engine has acknowledged the version.

    `narrowed`: the index may still show what readers may no longer see, so queries exclude the entry by id.
    """

    entry_id = models.BigIntegerField()  # no foreign key: outlives the entry
    engine = models.CharField(max_length=20)
    version = models.BigIntegerField()
    narrowed = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engine", "entry_id"], name="outbox_once")]
        indexes = [models.Index(fields=["engine"], name="outbox_narrowed", condition=Q(narrowed=True))]

    def __str__(self) -> str:
        return f"{self.engine} {self.entry_id} v{self.version}"
