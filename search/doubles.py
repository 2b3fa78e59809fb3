"""What editors wrote before of the same words: a phrase has one row, and says either something or nothing.

Phrases are one where search takes them for one: capitals, accents and spaces make no difference. The same rules hold in
the admin and for whoever calls the actions.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from search.analysis import words_of
from search.vocabulary import Words, phrases_of

if TYPE_CHECKING:
    from search.models import Promotion, StopPhrase, Synonym


def check_repeated(phrases: Iterable[str], field: str) -> None:
    """Raises ValidationError for a phrase that stands twice in one field."""
    seen: dict[Words, str] = {}
    for phrase in phrases:
        if (first := seen.setdefault(words_of(phrase), phrase)) is not phrase:
            message = _("“%(phrase)s” stands here twice: search takes it for the same as “%(first)s”. Remove one.")
            raise ValidationError({field: message % {"phrase": phrase, "first": first}})


def check_synonym(synonym: Synonym) -> None:
    """Raises ValidationError where it repeats itself, another synonym or a stop phrase, and says which."""
    from search.models import StopPhrase

    meanings = phrases_of(synonym.meanings)
    if same := next((one for one in meanings if words_of(one) == words_of(synonym.term)), ""):
        raise ValidationError({"meanings": _("“%(phrase)s” is the term itself. Remove it.") % {"phrase": same}})
    check_repeated(meanings, "meanings")
    silent = {words_of(row.phrase): row for row in StopPhrase.objects.all()}
    for phrase in (synonym.term, *meanings):
        field = "term" if phrase is synonym.term else "meanings"
        if row := silent.get(words_of(phrase)):
            message = _("“%(phrase)s” is left out of searches by the stop phrase “%(row)s”. Delete that one first.")
            raise ValidationError({field: message % {"phrase": phrase, "row": row}})
    _check_overlapping(synonym)


def _check_overlapping(synonym: Synonym) -> None:
    """What is sought has one row; what is only found as well (in one direction) may belong to several."""
    from search.models import Synonym

    others = Synonym.objects.exclude(pk=synonym.pk).order_by("pk")
    sought = {words_of(phrase): row for row in others for phrase, _meanings in row.ways()}
    for phrase, _meanings in synonym.ways():
        if row := sought.get(words_of(phrase)):
            message = _("“%(phrase)s” is in the synonym “%(row)s” already. Change that one instead.")
            field = "term" if phrase == synonym.term else "meanings"
            raise ValidationError({field: message % {"phrase": phrase, "row": row}})


def check_stop_phrase(stop: StopPhrase) -> None:
    """Raises ValidationError where it is there already, or means something by a synonym, and says which."""
    from search.models import StopPhrase, Synonym

    words = words_of(stop.phrase)
    for row in StopPhrase.objects.exclude(pk=stop.pk):
        if words_of(row.phrase) == words:
            message = _("It is there already, as “%(row)s”: capitals and accents make no difference.")
            raise ValidationError({"phrase": message % {"row": row}})
    for synonym in Synonym.objects.order_by("pk"):
        if any(words_of(phrase) == words for phrase in (synonym.term, *phrases_of(synonym.meanings))):
            message = _("It means something by the synonym “%(row)s”, so it cannot be left out. Change that one first.")
            raise ValidationError({"phrase": message % {"row": synonym}})


def check_promotion(promotion: Promotion) -> None:
    """Raises ValidationError where another row does the same with the result for a phrase at the same time.

    What is promoted may be left out for a while: it is left out then.
    """
    from search.models import Promotion

    phrases = phrases_of(promotion.phrases)
    check_repeated(phrases, "phrases")
    mine = {words_of(phrase): phrase for phrase in phrases}
    rows = Promotion.objects.filter(entry_id=promotion.entry_id, action=promotion.action).exclude(pk=promotion.pk)
    for row in rows.order_by("pk"):
        if _apart(promotion, row):
            continue
        if same := mine.keys() & {words_of(phrase) for phrase in phrases_of(row.phrases)}:
            phrase = next(mine[words] for words in mine if words in same)
            message = _("For “%(phrase)s” this result has a row already, “%(row)s”. Change that one instead.")
            raise ValidationError({"phrases": message % {"phrase": phrase, "row": row}})


def _apart(one: Promotion, other: Promotion) -> bool:
    """Whether one ends before the other begins."""
    return _over(one.ends_at, other.starts_at) or _over(other.ends_at, one.starts_at)


def _over(end: datetime | None, start: datetime | None) -> bool:
    return end is not None and start is not None and end <= start
