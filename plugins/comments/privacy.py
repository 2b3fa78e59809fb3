"""What comments hold about a person, and how it is erased. Never gated."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from plugins.comments.models import Comment
from portal.audit import record
from portal.catalogue.actions import remove_many
from portal.catalogue.card import label_of
from portal.people.models import Person

# In an archive: as `erase` leaves it, so that the answers of others stay.
person_columns = {"comments.comment": {"author_id": {"text": "", "deleted": True}}}


def export(person: Person) -> dict[str, Any]:
    """Everything the person said in comments, oldest first."""
    comments = Comment.objects.filter(author=person).order_by("created_at", "pk")
    return {
        "comments": [
            {
                "id": comment.pk,
                "subject": f"{comment.subject_label} {comment.subject_key}",
                "text": comment.text,
                "language": comment.language,
                "created_at": comment.created_at.isoformat(),
                "edited_at": comment.edited_at.isoformat() if comment.edited_at else None,
            }
            for comment in comments
        ]
    }


@transaction.atomic
def erase(person: Person, *, acting_person: Person | None) -> int:
    """Deletes everything the person said; placeholders hold the answers of others. How many comments."""
    comments = Comment.objects.filter(author=person)
    keys = [str(pk) for pk in comments.values_list("pk", flat=True)]
    remove_many(label_of(Comment), keys)
    of_others = Comment.objects.filter(parent=OuterRef("pk")).exclude(author=person)
    comments.filter(~Exists(of_others)).delete()
    comments.update(text="", author=None, deleted=True)
    record("content.delete", person, acting_person=acting_person, data={"comments.comment": len(keys)})
    return len(keys)
