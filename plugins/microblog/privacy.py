"""What the microblog holds about a person, and how it is erased. Never gated."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from plugins.microblog.models import Post
from portal.audit import record
from portal.catalogue.actions import remove_many
from portal.catalogue.card import label_of
from portal.people.models import Person

person_columns = {"microblog.post": {"author_id": "drop"}}  # what becomes of archived rows


def export(person: Person) -> dict[str, Any]:
    """Everything the person posted, oldest first."""
    posts = Post.objects.filter(author=person).select_related("department").order_by("created_at", "pk")
    return {
        "posts": [
            {
                "id": post.pk,
                "department": post.department.url_path,
                "type": post.type,
                "text": post.text,
                "language": post.language,
                "for_everyone": post.for_everyone,
                "created_at": post.created_at.isoformat(),
                "edited_at": post.edited_at.isoformat() if post.edited_at else None,
            }
            for post in posts
        ]
    }


@transaction.atomic
def erase(person: Person, *, acting_person: Person | None) -> int:
    """Deletes everything the person posted; how many posts."""
    posts = Post.objects.filter(author=person)
    keys = [str(pk) for pk in posts.values_list("pk", flat=True)]
    remove_many(label_of(Post), keys)
    posts.delete()
    record("content.delete", person, acting_person=acting_person, data={"microblog.post": len(keys)})
    return len(keys)
