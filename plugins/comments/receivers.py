"""What the catalogue tells: a subject that is gone for good takes its comments along."""

from __future__ import annotations

from django.dispatch import receiver

from plugins.comments.models import Comment
from portal.catalogue.signals import entries_purged


@receiver(entries_purged, dispatch_uid="comments.purged")
def purged(pairs: list[tuple[str, str]], **kwargs: object) -> None:
    keys: dict[str, list[str]] = {}
    for label, key in pairs:
        keys.setdefault(label, []).append(key)
    for label, gone in keys.items():
        Comment.objects.filter(subject_label=label, subject_key__in=gone).delete()
