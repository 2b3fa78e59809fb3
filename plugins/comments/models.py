from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models import Entry


class Comment(models.Model):
    """What somebody says about anything that has an entry. Two levels: a comment and the answers to it.

    What it hangs on is kept as label and key, which outlive the subject's code; `subject` is the entry.
    """

    subject_label = models.CharField(max_length=100)
    subject_key = models.CharField(max_length=64)
    # Not enforced: the catalogue may purge its entries without asking plugins, and then tells them.
    subject = models.ForeignKey(Entry, models.DO_NOTHING, db_constraint=False, related_name="+")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="answers", verbose_name=_("answer to")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    text = models.TextField(_("text"), blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    created_at = models.DateTimeField(_("written"))
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    # Without text; stays only to hold the answers together.
    deleted = models.BooleanField(_("deleted"), default=False)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes = [models.Index(fields=["subject_label", "subject_key"], name="comment_subject")]

    def __str__(self) -> str:
        # Names of objects stay in the audit log: the text of a deleted comment must not.
        return f"comment {self.pk}"
