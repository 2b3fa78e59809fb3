"""What a person sought lately: kept for nobody else, for so many days, so many of them.

Nothing here is written to the audit log, which IT reads: what somebody seeks is theirs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

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
    kept = list(mine.order_by("-pk").values_list("pk", flat=True)[:RECENT_KEPT])
    mine.filter(pk__lt=kept[-1]).delete()


@transaction.atomic
def forget_search(pk: int, *, acting_person: Person) -> int:
    """Removes one of the person's own; how many that were: 0 for somebody else's or none."""
    return RecentSearch.objects.filter(person=acting_person, pk=pk).delete()[0]


@transaction.atomic
def forget_searches(*, acting_person: Person) -> int:
    """Removes all of the person's own; how many that were."""
    return RecentSearch.objects.filter(person=acting_person).delete()[0]


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
    return forget_searches(acting_person=person)


def _oldest() -> datetime:
    return timezone.now() - timedelta(days=RECENT_DAYS)
