"""What search keeps: an index, what editors say of words, results and numbers, and what each person sought lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.catalogue.models import Entry
from search import doubles
from search.analysis import words_of
from search.seeking import models as seeking  # noqa: F401  Django looks for models here
from search.sending import sent_url
from search.vocabulary import LONGEST_PHRASE, MEANINGS, Rule, phrases_of, wordless


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


def check_phrases(text: str) -> None:
    """Raises ValidationError for a phrase without a word, or longer than is looked for."""
    phrases = phrases_of(text)
    if not phrases:
        raise ValidationError(_("Write at least one word."))
    if empty := next(iter(wordless(text)), ""):
        message = _("“%(phrase)s” has no letter or digit, so nobody can seek it. Remove it.")
        raise ValidationError(message, params={"phrase": empty})
    if long := next((phrase for phrase in phrases if len(words_of(phrase)) > LONGEST_PHRASE), ""):
        message = _("“%(phrase)s” is too long: a phrase has at most %(number)d words.")
        raise ValidationError(message, params={"phrase": long, "number": LONGEST_PHRASE})


class Synonym(models.Model):
    """Words that mean the same: whoever seeks one finds the others too."""

    term = models.CharField(
        _("term"), max_length=100, validators=[check_phrases], help_text=_("As people seek it: “ED”")
    )
    meanings = models.CharField(
        _("means"),
        max_length=500,
        validators=[check_phrases],
        help_text=_("What is found as well, separated by commas: “emergency department, A&E”"),
    )
    both_ways = models.BooleanField(
        _("both ways"), default=True, help_text=_("Whoever seeks one of the meanings also finds the term.")
    )

    class Meta:
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        ordering = ["term"]

    def __str__(self) -> str:
        return f"{self.term} {'=' if self.both_ways else '→'} {self.meanings}"

    def clean(self) -> None:
        terms = phrases_of(self.term)
        if len(terms) > 1:
            raise ValidationError({"term": _("One term only; what it means goes into the other field.")})
        self.term = terms[0] if terms else self.term
        if len(phrases_of(self.meanings)) > MEANINGS:
            message = _("At most %(number)d meanings; a search would take too long with more.")
            raise ValidationError({"meanings": message % {"number": MEANINGS}})
        doubles.check_synonym(self)

    def ways(self) -> Iterator[tuple[str, list[str]]]:
        """What may be sought, with what is found as well."""
        meanings = phrases_of(self.meanings)
        yield self.term, meanings
        if self.both_ways:
            for meaning in meanings:
                yield meaning, [self.term, *(other for other in meanings if other != meaning)]


class StopPhrase(models.Model):
    """Words that say nothing about what is sought, left out where others remain: “where do I find”."""

    phrase = models.CharField(_("phrase"), max_length=100, unique=True, validators=[check_phrases])

    class Meta:
        verbose_name = _("stop phrase")
        verbose_name_plural = _("stop phrases")
        ordering = ["phrase"]

    def __str__(self) -> str:
        return self.phrase

    def clean(self) -> None:
        phrases = phrases_of(self.phrase)
        if len(phrases) > 1:
            raise ValidationError({"phrase": _("One phrase only; add another one for each further phrase.")})
        self.phrase = phrases[0] if phrases else self.phrase
        doubles.check_stop_phrase(self)


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def lasting(self, now: datetime) -> PromotionQuerySet:
        """Those that hold now or will."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))


class Promotion(models.Model):
    """A result put above the others for some phrases, or left out, within a period.

    Nobody finds through it what they may not see.
    """

    class Action(models.TextChoices):
        PIN = "pin", _("Show first")
        EXCLUDE = "exclude", _("Leave out")

    phrases = models.CharField(
        _("phrases"),
        max_length=500,
        validators=[check_phrases],
        help_text=_("What people seek, separated by commas: “visiting hours, visitors”"),
    )
    anywhere = models.BooleanField(
        _("also as a part"), default=False, help_text=_("Also where a phrase is only a part of what is sought.")
    )
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="+", verbose_name=_("result"))
    action = models.CharField(_("action"), max_length=7, choices=Action.choices, default=Action.PIN)
    position = models.PositiveSmallIntegerField(
        _("position"), default=1, help_text=_("Among several for the same phrase; the lowest number stands first.")
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True, help_text=_("Empty: at once"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty: until it is deleted"))

    objects = PromotionQuerySet.as_manager()

    class Meta:
        verbose_name = _("promoted result")
        verbose_name_plural = _("promoted results")
        ordering = ["phrases", "position", "pk"]

    def __str__(self) -> str:
        return f"{self.phrases}: {self.get_action_display()}"

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise ValidationError({"ends_at": _("It must end after it begins.")})
        doubles.check_promotion(self)

    def rule(self) -> Rule:
        pinned = self.action == self.Action.PIN
        return Rule(self.entry_id, pinned, self.anywhere, self.starts_at, self.ends_at)


class RankingFactor(models.Model):
    """A number of the ranking that differs from its default, see search.ranking."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.FloatField(_("value"))

    class Meta:
        verbose_name = _("ranking factor")
        verbose_name_plural = _("ranking factors")
        permissions = [("explain_ranking", "Can see how results were ranked")]

    def __str__(self) -> str:
        return f"{self.name} = {self.value:g}"
