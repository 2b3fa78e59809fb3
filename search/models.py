from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from search.sending import sent_url


class Document(models.Model):
    """An entry in the database engine's index, and the version of it that is indexed.

    On PostgreSQL the words are in `vector`; on SQLite they are in the FTS5 table search_index under the same number,
    where a trigger deletes them together with this row.
    """

    entry_id = models.BigIntegerField(primary_key=True)  # no foreign key: the index may lag behind
    version = models.BigIntegerField()
    vector = SearchVectorField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.entry_id} v{self.version}"


class RecentSearch(models.Model):
    """What somebody sought, for their own eyes. Written anew with each search, so the newest has the highest number."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recent_searches", verbose_name=_("person")
    )
    text = models.CharField(_("text"), max_length=200)
    key = models.CharField(max_length=200)  # the text folded: "Sepsis" and "sepsis" are one
    searched_at = models.DateTimeField(_("searched"))

    class Meta:
        verbose_name = _("recent search")
        verbose_name_plural = _("recent searches")
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="recent_search_once")]
        indexes = [models.Index(fields=["searched_at"], name="recent_search_age")]

    def __str__(self) -> str:
        return self.text

    @property
    def sent_url(self) -> str:
        """Where seeking it again leads to."""
        return sent_url(self.text)
