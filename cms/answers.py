"""A facility's opening hours above the results of a search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.host.plugin import QuickAnswer, QuickAnswers, QuickQuestion

if TYPE_CHECKING:
    from portal.people.models import Person

# What people write beside a place when they want to know whether it is open: English, Estonian, Swedish, Dutch, German.
WORDS = (
    *("open", "opens", "opening", "hours", "closed", "closes", "closing"),
    *("avatud", "lahti", "lahtiolekuaeg", "lahtiolekuajad", "suletud"),
    *("oppet", "oppettider", "oppnar", "stanger", "stangt"),
    *("openingstijden", "openingsuren", "geopend", "gesloten"),
    *("offen", "geoffnet", "offnungszeiten", "geschlossen"),
)
BESIDE = ("times", "time", "today", "now", "tana", "idag", "nu", "vandaag", "heute", "jetzt")


def opening_hours(person: Person, question: QuickQuestion) -> Iterator[QuickAnswer]:
    """No query: the entry of the page holds them, and its readers are those who may see the entry."""
    for entry in question.entries:
        hours = str(entry.facets.get("opening_hours") or "").strip()
        if hours:
            yield QuickAnswer(
                title=_("Opening hours: %(name)s") % {"name": entry.title},
                value=hours,
                url=entry.url,
                detail=str(entry.facets.get("place") or ""),
                icon="clock",
            )


OPENING_HOURS = QuickAnswers("opening-hours", opening_hours, words=WORDS, beside=BESIDE, types=("facility",))
