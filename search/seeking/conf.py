"""The numbers of this package; how many people make a figure is the installation's to say."""

from __future__ import annotations

from django.conf import settings

PHRASE_CHARACTERS = 100  # what is longer was pasted, and may be anything
PERSONAL_DIGITS = 8
SEATS = 63  # bits of a positive BIGINT
KEPT_DAYS = 400  # figures: a year, and the month to compare it with
WAITING = 1000  # searches noted but not yet written in one process; more are not counted
PERIODS = (7, 28, 91, 365)  # days that a report looks back
PERIOD = 28
RIGHT = "search.see_seeking"


def people_needed() -> int:
    """K: so many different people must have sought a phrase before it is shown; 0 means that nothing is counted."""
    return int(settings.FOLKMOOT_SEEKING_PEOPLE)
