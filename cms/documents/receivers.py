"""Every trigger through which documents and their collections change the catalogue; pages' are in cms/receivers.py."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver
from wagtail.documents import get_document_model
from wagtail.models import Collection, CollectionViewRestriction

from cms.documents import actions

Document = get_document_model()
GROUPS = CollectionViewRestriction.groups.through


@receiver(post_save, sender=Document, dispatch_uid="cms.documents.saved")
def document_saved(instance: Any, **kwargs: Any) -> None:
    actions.save_document(instance, old_path=instance.path_before)


@receiver(pre_delete, sender=Document, dispatch_uid="cms.documents.deleted")
def document_deleted(instance: Any, **kwargs: Any) -> None:
    actions.remove_document(instance)


@receiver(post_save, sender=CollectionViewRestriction, dispatch_uid="cms.documents.restriction_saved")
@receiver(post_delete, sender=CollectionViewRestriction, dispatch_uid="cms.documents.restriction_deleted")
def restriction_changed(instance: CollectionViewRestriction, **kwargs: Any) -> None:
    actions.follow_collections(_below(Q(pk=instance.collection_id)))


@receiver(m2m_changed, sender=GROUPS, dispatch_uid="cms.documents.restriction_groups")
def restriction_groups_changed(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    """From either side: the groups of a restriction, or the restrictions of a group."""
    if action == "pre_clear" and reverse:
        instance.narrowed_collections = _below(Q(view_restrictions__groups=instance))
    elif action == "post_clear" and reverse:
        actions.follow_collections(instance.narrowed_collections)
    elif action in {"post_add", "post_remove", "post_clear"}:
        changed = Q(view_restrictions__in=pk_set or ()) if reverse else Q(pk=instance.collection_id)
        actions.follow_collections(_below(changed))


@receiver(pre_delete, sender=Group, dispatch_uid="cms.documents.group_before_deletion")
def group_before_deletion(instance: Any, **kwargs: Any) -> None:
    instance.narrowed_collections = _below(Q(view_restrictions__groups=instance))


@receiver(post_delete, sender=Group, dispatch_uid="cms.documents.group_deleted")
def group_deleted(instance: Any, **kwargs: Any) -> None:
    actions.follow_collections(instance.narrowed_collections)


def follow_moved_collections() -> None:
    """No signal tells of a collection that is moved, so its method does. Call it once, when the app is ready."""
    move = Collection.move

    @wraps(move)
    def moved(collection: Collection, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            done = move(collection, *args, **kwargs)
            actions.follow_collections(_below(Q(pk=collection.pk)))
        return done

    Collection.move = moved


def _below(which: Q) -> list[int]:
    """The ids of these collections and of all below them; there are dozens, not thousands."""
    tops = tuple(Collection.objects.filter(which).values_list("path", flat=True))
    return [pk for pk, path in Collection.objects.values_list("pk", "path") if tops and path.startswith(tops)]
