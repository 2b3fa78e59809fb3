"""A person's phone above the results of a search."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from portal.host.plugin import QuickAnswer, QuickAnswers, QuickQuestion
from portal.people.cards import TYPE
from portal.people.models import Person

# What people write beside a name when they want to call: English, Estonian, Swedish, Dutch, German.
WORDS = (
    *("phone", "telephone", "tel", "call", "extension"),
    *("telefon", "telefoni", "telefoninumber", "helista"),
    *("telefonnummer", "ring", "mobil"),
    *("telefoon", "telefoonnummer", "bellen", "bel"),
    *("anrufen", "handy", "durchwahl"),
)
BESIDE = ("number", "numbers", "nummer", "numre")


def phones(person: Person, question: QuickQuestion) -> Iterator[QuickAnswer]:
    """No query: the entry says what the directory shows to everybody who may see it."""
    for entry in question.entries:
        phone = str(entry.facets.get("phone") or "")
        if phone:
            yield QuickAnswer(
                title=_("Phone of %(name)s") % {"name": entry.title},
                value=phone,
                value_url=f"tel:{''.join(phone.split())}",
                url=entry.url,
                detail=" · ".join(text for text in (entry.summary, str(entry.facets.get("place") or "")) if text),
                icon="phone",
            )


PHONES = QuickAnswers("phone", phones, words=WORDS, beside=BESIDE, types=(TYPE.slug,))
