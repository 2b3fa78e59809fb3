"""Every trigger through which pages change the catalogue, Wagtail's own views included. All in one place."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, PageViewRestriction
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from cms import actions
from cms.cards import CARD_IMAGE

Image, Document = get_image_model(), get_document_model()


@receiver(page_published, dispatch_uid="cms.page_published")
def published(instance: Page, revision: Any = None, **kwargs: Any) -> None:
    actions.publish_page(instance, acting_person=revision.user if revision else None)


@receiver(page_unpublished, dispatch_uid="cms.page_unpublished")
def unpublished(instance: Page, **kwargs: Any) -> None:
    actions.unpublish_page(instance)


@receiver(post_page_move, dispatch_uid="cms.post_page_move")
def moved(instance: Page, parent_page_after: Page, url_path_before: str, **kwargs: Any) -> None:
    actions.move_page(instance, new_parent=parent_page_after, old_url_path=url_path_before)


@receiver(page_slug_changed, dispatch_uid="cms.page_slug_changed")
def slug_changed(instance: Page, instance_before: Page, **kwargs: Any) -> None:
    actions.readdress_page(instance, old_url_path=instance_before.url_path)


@receiver(pre_delete, sender=Page, dispatch_uid="cms.page_deleted")
def deleted(instance: Page, origin: Any = None, **kwargs: Any) -> None:
    """The first page of a branch takes the entries of all of it; Django tells each page of it."""
    if not isinstance(origin, QuerySet):
        actions.remove_pages(Page.objects.filter(pk=instance.pk))
    elif not getattr(origin, "entries_are_removed", False):
        origin.entries_are_removed = True
        actions.remove_pages(origin)
    # Wagtail would unpublish it now, page by page, only for us to be told what we know.
    instance.live = False


@receiver(post_save, sender=PageViewRestriction, dispatch_uid="cms.restriction_saved")
def restriction_saved(instance: PageViewRestriction, **kwargs: Any) -> None:
    actions.restrict_below(instance.page.path)


@receiver(post_delete, sender=PageViewRestriction, dispatch_uid="cms.restriction_deleted")
def restriction_deleted(instance: PageViewRestriction, origin: Any = None, **kwargs: Any) -> None:
    """One that goes with its page leaves nothing behind to be opened."""
    model = origin.model if isinstance(origin, QuerySet) else type(origin)
    if not (isinstance(model, type) and issubclass(model, Page)):
        actions.restrict_below(instance.page.path)


@receiver(m2m_changed, sender=PageViewRestriction.groups.through, dispatch_uid="cms.restriction_groups")
def restriction_groups_changed(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    """From either side: the groups of a restriction, or the restrictions of a group."""
    if not reverse:
        if action in {"post_add", "post_remove", "post_clear"}:
            actions.restrict_below(instance.page.path)
    elif action == "pre_clear":
        instance.restricted_paths = _restricted_paths(groups=instance)
    elif action == "post_clear":
        actions.restrict_below(*instance.restricted_paths)
    elif action in {"post_add", "post_remove"}:
        actions.restrict_below(*_restricted_paths(pk__in=pk_set or ()))


@receiver(pre_delete, sender=Group, dispatch_uid="cms.group_before_deletion")
def group_before_deletion(instance: Group, **kwargs: Any) -> None:
    instance.restricted_paths = _restricted_paths(groups=instance)  # type: ignore[attr-defined]


@receiver(post_delete, sender=Group, dispatch_uid="cms.group_deleted")
def group_deleted(instance: Group, **kwargs: Any) -> None:
    actions.restrict_below(*instance.restricted_paths)  # type: ignore[attr-defined]


def _restricted_paths(**which: Any) -> list[str]:
    return list(PageViewRestriction.objects.filter(**which).values_list("page__path", flat=True))


@receiver(pre_save, sender=Image, dispatch_uid="cms.image_before_saving")
@receiver(pre_save, sender=Document, dispatch_uid="cms.document_before_saving")
def file_before_saving(sender: Any, instance: Any, **kwargs: Any) -> None:
    instance.path_before = sender.objects.filter(pk=instance.pk).values_list("file", flat=True).first() or ""


@receiver(post_save, sender=Image, dispatch_uid="cms.image_saved")
@receiver(post_save, sender=Document, dispatch_uid="cms.document_saved")
def file_saved(instance: Any, **kwargs: Any) -> None:
    actions.replace_file(old_path=instance.path_before, new_path=instance.file.name)


@receiver(post_delete, sender=Image.get_rendition_model(), dispatch_uid="cms.rendition_deleted")
def rendition_deleted(instance: Any, **kwargs: Any) -> None:
    """With its image, or because the image got another file; which of the two is known after the commit."""
    if instance.filter_spec == CARD_IMAGE:
        image_id, path = instance.image_id, instance.file.name
        transaction.on_commit(lambda: actions.renew_list_image(image_id, old_path=path))
