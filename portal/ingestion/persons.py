"""What is kept of a person in what sources delivered: found by address, user name and full name; shown and erased."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Q

from portal.ingestion.inbox import open_body
from portal.ingestion.models import Chunk, Delivery, RejectedItem, Run, Source
from portal.people.models import Person

PIECE = 256 * 1024  # bytes of a body that are searched at once
OVERLAP = 1000  # characters of the piece before that are searched again
PACKED = (b"PK\x03\x04", b"\x1f\x8b")  # ZIP (XLSX), gzip: nothing is found in them
TEXTS = ("raw", "reason", "external_id", "position")
# Between the parts of a name: "Bob Berg", "Bob;Berg", '"Berg", "Bob"'.
_BETWEEN = r"""[\s,;:|\t"']{1,6}"""
SETTLED = (Delivery.State.APPLIED, Delivery.State.IGNORED, Delivery.State.DISCARDED, Delivery.State.FAILED)


class Marks:
    """By what a person is recognised. Whole words, whatever the case; also as JSON writes what is beyond ASCII."""

    def __init__(self, person: Person) -> None:
        self._words = [word for word in (person.email.strip(), person.username.strip()) if word]
        first, last = person.first_name.strip(), person.last_name.strip()
        self._name = (first, last) if first and last else None
        patterns = [_any_form(word) for word in self._words]
        if self._name:
            one, other = _any_form(first), _any_form(last)
            patterns += [f"{one}{_BETWEEN}{other}", f"{other}{_BETWEEN}{one}"]
        self._pattern = _whole(patterns)
        self._parts = [_whole([_any_form(part)]) for part in self._name or ()]

    def maybe(self, field: str) -> Q:
        """What the database can find out of a column: all that `in_row` says yes to, and more."""
        words = [*self._words, *(self._name[1:] if self._name else ())]
        forms = {form for word in words for shape in _shapes(word) for form in (shape, json.dumps(shape)[1:-1])}
        return reduce(or_, (Q(**{f"{field}__icontains": form}) for form in sorted(forms)), Q(pk__in=[]))

    def in_row(self, text: str) -> bool:
        """Of one item: both names of a person may stand anywhere in it, each in a column of its own."""
        return self.in_text(text) or (bool(self._parts) and all(part.search(text) for part in self._parts))

    def in_text(self, text: str) -> bool:
        return self._pattern.search(text) is not None


def _shapes(word: str) -> set[str]:
    """SQLite compares without regard to case only within ASCII."""
    return {word, word.lower(), word.upper(), word.title()}


def _any_form(word: str) -> str:
    return f"(?:{'|'.join(re.escape(form) for form in sorted({word, json.dumps(word)[1:-1]}))})"


def _whole(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.@+-])(?:{'|'.join(patterns) or '(?!)'})(?![\w@+-])", re.IGNORECASE)


def export(person: Person) -> dict[str, Any]:
    """Rejected items that name the person, deliveries whose kept body does, and how many bodies nobody can search."""
    marks = Marks(person)
    items = [item for item in _rejected(marks)]
    bodies, packed = _bodies(marks)
    return {
        "rejected_items": [
            {
                "source": item.source.slug,
                "position": item.position,
                "reason": item.reason,
                "raw": item.raw,
                "rejected_at": item.created_at.isoformat(),
            }
            for item in items
        ],
        "kept_deliveries": [
            {"source": one.source.slug, "receipt": str(one.receipt), "sent_at": one.sent_at.isoformat()}
            for one in bodies
        ],
        "kept_deliveries_that_cannot_be_searched": packed,
    }


@transaction.atomic
def erase(person: Person) -> int:
    """Deletes rejected items that name the person, bodies of settled deliveries that do, and errors told of them.

    How many that were. What waits or is held, and what cannot be searched, goes when its time is over
    (portal.ingestion.keeping).
    """
    marks = Marks(person)
    rejected = [item.pk for item in _rejected(marks)]
    RejectedItem.objects.filter(pk__in=rejected).delete()
    bodies = [one.pk for one in _bodies(marks)[0] if one.state in SETTLED]
    Chunk.objects.filter(delivery__in=bodies).delete()
    return len(rejected) + len(bodies) + _erase_errors(marks)


def _erase_errors(marks: Marks) -> int:
    count = 0
    for model, field in ((Run, "error"), (Delivery, "error"), (Source, "last_error")):
        rows: Any = model._default_manager.filter(marks.maybe(field)).values_list("pk", field)
        found = [pk for pk, text in rows if marks.in_row(text)]
        count += model._default_manager.filter(pk__in=found).update(**{field: ""})
    return count


def _rejected(marks: Marks) -> list[RejectedItem]:
    near = RejectedItem.objects.filter(reduce(or_, (marks.maybe(field) for field in TEXTS)))
    rows = near.select_related("source").order_by("pk").iterator(chunk_size=200)
    return [row for row in rows if marks.in_row("\n".join(str(getattr(row, field)) for field in TEXTS))]


def _bodies(marks: Marks) -> tuple[list[Delivery], int]:
    """Deliveries whose kept body names the person, and the number of bodies that are packed. Reads all there are."""
    found, packed = [], 0
    kept = Delivery.objects.filter(chunks__number=0).select_related("source").order_by("pk")
    for delivery in kept.iterator(chunk_size=200):
        with open_body(delivery) as body:
            start = body.read(4)
        if start.startswith(PACKED):
            packed += 1
        elif any(marks.in_text(text) for text in _texts(delivery)):
            found.append(delivery)
    return found, packed


def _texts(delivery: Delivery) -> Iterator[str]:
    """The body piece by piece, lines of calendars unfolded (RFC 5545, 3.1)."""
    decoder, before = codecs.getincrementaldecoder(_encoding(delivery.source))("replace"), ""
    with open_body(delivery) as body:
        while piece := body.read(PIECE):
            text = before + decoder.decode(piece)
            yield re.sub(r"\r?\n[ \t]", "", text)
            before = text[-OVERLAP:]


def _encoding(source: Source) -> str:
    """As the source's settings have it; what is no encoding was refused when they were made."""
    name = str(source.settings.get("encoding") or "utf-8")
    try:
        codecs.getincrementaldecoder(name)
    except LookupError:
        return "utf-8"
    return name
