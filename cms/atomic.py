"""Wagtail's page actions and our entries commit together, or not at all.

Wagtail sends its signals after its own transaction, so a process that dies in between would leave a page and
an entry that disagree: a withdrawn page still found by search. Admin, workflows and commands all go through
these actions, so this is the one place where the transaction can be drawn around both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.create_alias import CreatePageAliasAction
from wagtail.actions.delete_page import DeletePageAction
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.admin.views.page_privacy import SetPrivacyView
from wagtail.models import Page, PageViewRestriction, ReferenceIndex
from wagtail.signal_handlers import disable_reference_index_auto_update

from cms.actions import restrictions_together

_ACTIONS = (
    CopyPageAction,
    CreatePageAliasAction,
    DeletePageAction,
    MovePageAction,
    PublishPageRevisionAction,
    UnpublishPageAction,
)


def commit_together() -> None:
    """Draws a transaction around each action and its signals. Call it once, when the app is ready."""
    for action in _ACTIONS:
        action.execute = transaction.atomic(action.execute)
    PageViewRestriction.save = transaction.atomic(PageViewRestriction.save)
    SetPrivacyView.form_valid = restrictions_together()(SetPrivacyView.form_valid)
    DeletePageAction.execute = _references_at_once(DeletePageAction.execute)


def _references_at_once(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Wagtail forgets references to and from deleted pages one by one; here all of a branch in two statements."""

    @wraps(execute)
    def together(action: DeletePageAction, *args: Any, **kwargs: Any) -> Any:
        pages = action.page.get_descendants(inclusive=True)
        keys = [str(pk) for pk in pages.values_list("pk", flat=True)]
        page_type = ContentType.objects.get_for_model(Page)
        with transaction.atomic(), disable_reference_index_auto_update():
            done = execute(action, *args, **kwargs)
            ReferenceIndex.objects.filter(base_content_type=page_type, object_id__in=keys).delete()
            ReferenceIndex.objects.filter(to_content_type=page_type, to_object_id__in=keys).delete()
        return done

    return together
