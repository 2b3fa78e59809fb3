"""What is known of the text of each document, and on which entries it stands."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.documents import get_document_model_string

from portal.catalogue.models import Entry
from portal.extraction import reasons

DOCUMENT = get_document_model_string()


class DocumentText(models.Model):
    """The text of one document's file. Extracting it is idempotent by `digest`, the SHA-256 of the file it is of."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("found by its text")
        FAILED = "failed", _("no text")

    wagtail_reference_index_ignore = True

    document = models.OneToOneField(DOCUMENT, models.CASCADE, related_name="extracted", verbose_name=_("document"))
    state = models.CharField(_("text"), max_length=10, choices=State.choices, default=State.WAITING)
    path = models.CharField(max_length=300)  # the stored file that is wanted
    digest = models.CharField(max_length=64, blank=True)
    format = models.CharField(_("format"), max_length=10, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    text = models.TextField(blank=True)  # form feeds between pages
    pages = models.PositiveIntegerField(_("pages"), default=0)
    characters = models.PositiveIntegerField(_("characters"), default=0)
    truncated = models.BooleanField(default=False)
    reason = models.CharField(max_length=20, blank=True)  # of portal.extraction.reasons
    detail = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Nobody begins with it before: another worker is at it, or it is tried again later.
    not_before = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("text of a document")
        verbose_name_plural = _("texts of documents")
        indexes = [models.Index(fields=["id"], name="document_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return str(self.document)

    @property
    def note(self) -> str:
        """What an editor should know of it, in words; empty if there is nothing."""
        if self.state == self.State.FAILED:
            return reasons.text_of(self.reason)
        if self.state == self.State.DONE and not self.characters:
            return str(_("There are no letters in it. A scanned file needs text recognition before it is uploaded."))
        if self.truncated:
            return str(_("It is very long: only its beginning is found."))
        return ""


class ShownDocument(models.Model):
    """That a page shows a document: the object of the document's entry, which is attached to the page's."""

    wagtail_reference_index_ignore = True

    page_entry = models.ForeignKey(Entry, models.CASCADE, related_name="+")
    document = models.ForeignKey(DOCUMENT, models.CASCADE, related_name="shown")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page_entry", "document"], name="document_shown_once")]

    def __str__(self) -> str:
        return f"{self.document} · {self.page_entry}"
