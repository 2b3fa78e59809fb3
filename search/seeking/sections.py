"""Where somebody may add pages, and which kinds of page."""

from __future__ import annotations

from typing import Any

from wagtail.models import Page, get_page_models
from wagtail.permissions import policy_registry
from wagtail.query import PageQuerySet

LISTED = 30  # sections that are shown as a list; of more one is chosen in the tree


def sections_for(person: Any) -> PageQuerySet:
    """Pages below which the person may add pages of some kind, in the order of the tree."""
    parents = [model for model in get_page_models() if model.creatable_subpage_models()]
    allowed = policy_registry.get_by_type(Page).instances_user_has_any_permission_for(person, ["add"])
    return allowed.filter(depth__gt=1).exact_type(*parents).order_by("path")


def listed(person: Any) -> list[Page]:
    """These, if they are few enough to be read; else none. One query."""
    found = list(sections_for(person)[: LISTED + 1])
    return found if len(found) <= LISTED else []


def kinds_in(section: Page) -> list[type[Page]]:
    """The kinds of page that it takes now."""
    return [model for model in section.specific_class.creatable_subpage_models() if model.can_create_at(section)]
