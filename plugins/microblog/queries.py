"""Posts as somebody may read them: entries of the catalogue, so that one rule decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.microblog.models import Post
from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.catalogue.querysets import EntryQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person


def posts_for(person: Person | AnonymousUser) -> EntryQuerySet:
    """Entries of the posts the person may read now, newest first."""
    return Entry.objects.visible_to(person).filter(label=label_of(Post)).newest().for_cards()
