"""The numbers of the ranking, in one place: what a match in a field weighs, and what makes an entry weigh more or less.

A hit's score is the sum of what its words weigh, times the weight of every factor that holds for it (search.weights).
The defaults were tuned on the tuning part of the judged queries (bench/quality), and only there. Search managers may
change each number in the admin; what differs from its default is stored, and holds with the next search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from portal.audience.stamps import Kept

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

STAMP = "search.ranking"
SIMILAR_FROM = 4  # letters of a word that may be misspelt
NAMES_FROM = 5  # letters of a word of a name that may differ by two

WORDS, ENTRIES, TIME = _("Where a word is found"), _("What an entry is"), _("How old it is")


@dataclass(frozen=True)
class Factor:
    """A number of the ranking; `text` says what a larger one does. 1 leaves a weight of an entry without effect.

    `only_elasticsearch`: the database engine gives one number for all words of an entry and knows nothing of it.
    """

    name: str
    default: float
    group: StrPromise
    label: StrPromise
    text: StrPromise
    least: float = 0.1
    most: float = 10.0
    only_elasticsearch: bool = False


_ENTRY = _("More: such results stand higher. 1 makes no difference.")
_LESS = _("1 makes no difference.")
_FIELD = _("More: a word found there counts for more.")
_DAYS = _("Days since it was published.")

FACTORS: tuple[Factor, ...] = (
    Factor("title", 8, WORDS, _("In the title"), _FIELD, 0, 100),
    Factor("names", 5, WORDS, _("In topics and the author's name"), _FIELD, 0, 100),
    Factor("codes", 8, WORDS, _("A code or number, as written"), _FIELD, 0, 100, True),
    Factor("summary", 3, WORDS, _("In the summary"), _FIELD, 0, 100),
    Factor("body", 1, WORDS, _("In the text"), _FIELD, 0, 100),
    Factor("title_stem", 5, WORDS, _("In the title, in another form of the word"), _FIELD, 0, 100, True),
    Factor("text_stem", 0.8, WORDS, _("In the text, in another form of the word"), _FIELD, 0, 100, True),
    Factor("exact_title", 30, WORDS, _("The title is just what is sought"), _FIELD, 0, 1000),
    Factor("synonym", 0.8, WORDS, _("A synonym instead of the word itself"), _LESS, 0.1, 1, True),
    Factor("similar", 0.5, WORDS, _("A similar spelling instead of the word itself"), _LESS, 0.1, 1, True),
    Factor("managed", 1.15, ENTRIES, _("Pages and what else editors keep"), _ENTRY),
    Factor("attached", 0.7, ENTRIES, _("What is about something else, as a comment"), _ENTRY),
    Factor("filed", 0.9, ENTRIES, _("A document, against the page that shows it"), _ENTRY),
    Factor("own_language", 1.1, ENTRIES, _("In the reader's language, or in none"), _ENTRY),
    Factor("own_department", 1.1, ENTRIES, _("From the reader's department, or below it"), _ENTRY),
    Factor("followed", 1.1, ENTRIES, _("By somebody whom the reader follows, or that person"), _ENTRY),
    Factor("verified", 1.05, ENTRIES, _("Somebody vouches for it: its review is still to come"), _ENTRY),
    Factor("stale", 0.6, ENTRIES, _("Its review is overdue, or its source no longer has it"), _ENTRY),
    Factor("fresh_managed_days", 30, TIME, _("Pages are fresh for"), _DAYS, 0, 3650),
    Factor("fresh_managed", 1, TIME, _("Fresh pages"), _ENTRY),
    Factor("old_managed_days", 1095, TIME, _("Pages are old after"), _DAYS, 1, 36500),
    Factor("old_managed", 0.9, TIME, _("Old pages"), _ENTRY),
    Factor("fresh_user_days", 30, TIME, _("Posts are fresh for"), _DAYS, 0, 3650),
    Factor("fresh_user", 1.1, TIME, _("Fresh posts"), _ENTRY),
    Factor("old_user_days", 365, TIME, _("Posts are old after"), _DAYS, 1, 36500),
    Factor("old_user", 0.8, TIME, _("Old posts"), _ENTRY),
    Factor("fresh_automated_days", 7, TIME, _("What comes from systems is fresh for"), _DAYS, 0, 3650),
    Factor("fresh_automated", 1, TIME, _("Fresh, from systems"), _ENTRY),
    Factor("old_automated_days", 90, TIME, _("What comes from systems is old after"), _DAYS, 1, 36500),
    Factor("old_automated", 0.8, TIME, _("Old, from systems"), _ENTRY),
)  # fmt: skip
BY_NAME = {factor.name: factor for factor in FACTORS}


def _read() -> Mapping[str, float]:
    from search.models import RankingFactor

    changed = dict(RankingFactor.objects.values_list("name", "value"))
    return {factor.name: changed.get(factor.name, factor.default) for factor in FACTORS}


numbers = Kept(STAMP, _read).get  # the name of each factor -> its value
