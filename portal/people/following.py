"""Whom somebody follows. It brings what those people write nearer; it opens nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.audience.access import access_of
from portal.people.models import Follow, Person
from portal.people.receivers import end_cached_rights

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

MOST = 500


@transaction.atomic
def follow(followed: Person, *, acting_person: Person) -> bool:
    """From now on the person follows this one; whether that is new. Raises ValidationError."""
    if followed == acting_person:
        raise ValidationError(_("You cannot follow yourself."))
    if not followed.is_active:
        raise ValidationError(_("%(name)s no longer works here.") % {"name": followed.display_name})
    mine = Follow.objects.filter(person=acting_person)
    if mine.filter(followed=followed).exists():
        return False
    if mine.count() >= MOST:
        raise ValidationError(_("You follow %(most)d people already; unfollow somebody first.") % {"most": MOST})
    # Of two tabs that follow at the same moment one is enough.
    Follow.objects.bulk_create([Follow(person=acting_person, followed=followed)], ignore_conflicts=True)
    end_cached_rights([acting_person.pk])
    return True


@transaction.atomic
def unfollow(followed: Person, *, acting_person: Person) -> bool:
    """The person follows this one no longer; whether they did."""
    gone = Follow.objects.filter(person=acting_person, followed=followed).delete()[0] > 0
    end_cached_rights([acting_person.pk])
    return gone


def followed_ids(person: Person | AnonymousUser) -> list[int]:
    """The ids of those the person follows, the newest first; no query when warm."""
    mine = Follow.objects.filter(person=person.pk).order_by("-pk")
    found: list[int] = access_of(person).remembers("follows", lambda: list(mine.values_list("followed_id", flat=True)))
    return found


def export(person: Person) -> dict[str, Any]:
    """For the person's privacy export."""
    rows = Follow.objects.filter(person=person).select_related("followed").order_by("pk")
    return {"follows": [{"person": row.followed.username, "since": row.created_at.isoformat()} for row in rows]}


@transaction.atomic
def erase(person: Person) -> int:
    """Both whom the person follows and who follows the person; how many that were."""
    rows = Follow.objects.filter(Q(person=person) | Q(followed=person))
    end_cached_rights({person.pk, *rows.values_list("person_id", flat=True)})
    return rows.delete()[0]
