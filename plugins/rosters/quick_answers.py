"""The reader's next shift above the results of a search."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from plugins.rosters import queries
from plugins.rosters.models import Shift
from portal.host import QuickAnswer, QuickAnswers, QuickQuestion
from portal.ingestion.freshness import freshness
from portal.people.models import Person

# English, Estonian, Swedish, Dutch, German.
WORDS = (
    *("shift", "shifts", "rota", "roster"),
    *("vahetus", "vahetuse", "vahetused", "toograafik", "graafik"),
    *("pass", "arbetspass", "skift", "schema"),
    *("dienst", "diensten", "rooster", "dienstrooster"),
    *("schicht", "schichten", "dienstplan"),
)
BESIDE = (
    *("next", "work", "today", "tomorrow", "week"),
    *("jargmine", "tana", "homme"),
    *("nasta", "idag", "imorgon"),
    *("volgende", "vandaag", "morgen"),
    *("nachste", "nachster", "heute"),
)


def my_next_shift(person: Person, question: QuickQuestion) -> Iterator[QuickAnswer]:
    """The shift that runs or begins next; one query. Other words than such as ask for it mean something else."""
    if question.rest:
        return
    shift = queries.my_next_shift(person, timezone.now())
    if shift is None:
        return
    fresh = freshness(shift.source)
    running = shift.starts_at <= timezone.now()
    yield QuickAnswer(
        title=_("Your present shift") if running else _("Your next shift"),
        value=_time_of(shift),
        url=shift.get_absolute_url(),
        detail=f"{shift.title} · {shift.department.name}",
        icon="calendar",
        source=fresh.source,
        read_at=fresh.read_at,
        state="stale" if fresh.stale else "",
        state_text=_("late") if fresh.stale else "",
    )


def _time_of(shift: Shift) -> str:
    day = formats.date_format(shift.starts, "l, j F")
    if shift.all_day:
        return day
    return _("%(day)s, %(start)s to %(end)s") % {
        "day": day,
        "start": f"{shift.starts:%H:%M}",
        "end": f"{shift.ends:%H:%M}",
    }


quick_answers = [QuickAnswers("next-shift", my_next_shift, words=WORDS, beside=BESIDE)]
