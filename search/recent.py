"""What a person sought lately: kept for nobody else, for so many days, so many of them.

Nothing here is written to the audit log, which IT reads: what somebody seeks is theirs. What is forgotten is gone at
once; for a while the person's own browser can bring it back (`sealed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from search.analysis import words_of
from search.conf import RECENT_DAYS, RECENT_KEPT
from search.models import RecentSearch
from search.terms import clean

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

RESTORABLE = timedelta(hours=1)  # after they were forgotten
_SALT = "search.recent"


def recent_searches(person: Person | AnonymousUser) -> QuerySet[RecentSearch]:
    """The person's own, newest first."""
    if not person.is_authenticated or not person.is_active:
        return RecentSearch.objects.none()
    return RecentSearch.objects.filter(person=person, searched_at__gt=_oldest()).order_by("-pk")


@transaction.atomic
def remember_search(text: str, *, acting_person: Person) -> None:
    """Puts the text at the top of the person's list, which stays as long as it may be."""
    text = clean(text)
    key = " ".join(words_of(text))[:200]
    if not key:
        return
    mine = RecentSearch.objects.filter(person=acting_person)
    mine.filter(key=key).delete()
    # Of two tabs that seek the same at the same moment one is enough.
    row = RecentSearch(person=acting_person, text=text, key=key, searched_at=timezone.now())
    RecentSearch.objects.bulk_create([row], ignore_conflicts=True)
    _keep_newest(mine)


@transaction.atomic
def forget_search(pk: int, *, acting_person: Person) -> list[RecentSearch]:
    """Removes one of the person's own and gives it; none of somebody else's."""
    return _forget(RecentSearch.objects.filter(person=acting_person, pk=pk))


@transaction.atomic
def forget_searches(*, acting_person: Person) -> list[RecentSearch]:
    """Removes all of the person's own and gives them."""
    return _forget(RecentSearch.objects.filter(person=acting_person))


@transaction.atomic
def restore_searches(forgotten: Iterable[RecentSearch], *, acting_person: Person) -> None:
    """Puts back at their old places what `unsealed` gave; what was sought again meanwhile stays where it is."""
    rows = [row for row in forgotten if row.person_id == acting_person.pk]
    RecentSearch.objects.bulk_create(rows, ignore_conflicts=True)
    _keep_newest(RecentSearch.objects.filter(person=acting_person))


def sealed(forgotten: Sequence[RecentSearch], person: Person) -> str:
    """What was forgotten, as a text that the person's browser keeps and only we can make; "" for nothing.

    So nothing that is forgotten stays on the server.
    """
    rows = [(row.pk, row.text, row.key, row.searched_at.isoformat()) for row in forgotten]
    return signing.dumps([person.pk, rows], salt=_SALT, compress=True) if rows else ""


def unsealed(text: str, person: Person) -> list[RecentSearch]:
    """The person's own rows out of `sealed`, unsaved; none if it is somebody else's, too old or not ours."""
    try:
        owner, rows = signing.loads(text, salt=_SALT, max_age=RESTORABLE)
    except signing.BadSignature:
        return []
    if owner != person.pk:
        return []
    return [
        RecentSearch(pk=pk, person=person, text=text, key=key, searched_at=datetime.fromisoformat(at))
        for pk, text, key, at in rows
    ]


@transaction.atomic
def forget_old_searches() -> int:
    """A nightly job: what has grown too old is no longer kept; how many that were."""
    return RecentSearch.objects.filter(searched_at__lte=_oldest()).delete()[0]


def export(person: Person) -> dict[str, Any]:
    """For the person's privacy export, the ones no longer shown included."""
    rows = RecentSearch.objects.filter(person=person).order_by("-pk")
    return {"recent_searches": [{"text": row.text, "searched_at": row.searched_at.isoformat()} for row in rows]}


def erase(person: Person) -> int:
    """For the erasure of a person's data; how many that were."""
    return len(forget_searches(acting_person=person))


def _forget(rows: QuerySet[RecentSearch]) -> list[RecentSearch]:
    found = list(rows)
    rows.delete()
    return found


def _keep_newest(mine: QuerySet[RecentSearch]) -> None:
    kept = list(mine.order_by("-pk").values_list("pk", flat=True)[:RECENT_KEPT])
    if kept:
        mine.filter(pk__lt=kept[-1]).delete()


def _oldest() -> datetime:
    return timezone.now() - timedelta(days=RECENT_DAYS)
