"""Page privacy (Wagtail's view restrictions) as audiences: everything above a page narrows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from wagtail.models import Page, PageViewRestriction

from portal.audience import tokens
from portal.audience.access import tokens_of
from portal.audience.expressions import EVERYONE, NOBODY, Expression, any_of, both

if TYPE_CHECKING:
    from cms.models import SectionPage

Restrictions = list[tuple[str, Expression]]


def expression_of_restriction(restriction: PageViewRestriction) -> Expression:
    """A log-in is asked of everybody anyway; whoever holds a shared password could be anybody, so nobody."""
    if restriction.restriction_type == PageViewRestriction.LOGIN:
        return EVERYONE
    if restriction.restriction_type == PageViewRestriction.GROUPS:
        return any_of(*(tokens.usergroup(group.pk) for group in restriction.groups.all()))
    return NOBODY


def _read(restrictions: QuerySet[PageViewRestriction]) -> Restrictions:
    found = restrictions.select_related("page").prefetch_related("groups")
    return [(restriction.page.path, expression_of_restriction(restriction)) for restriction in found]


def _paths_above(path: str) -> list[str]:
    return [path[:end] for end in range(Page.steplen, len(path) + 1, Page.steplen)]


def _combined(path: str, restrictions: Restrictions) -> Expression:
    return both(*(expression for above, expression in restrictions if path.startswith(above)))


def privacy_of(page: Page) -> Expression:
    """What holds for the page: its own restriction AND those of the pages above it."""
    return privacy_of_paths([page.path])[page.path]


def privacy_of_paths(paths: Iterable[str]) -> dict[str, Expression]:
    """The same for many places of the tree, in two queries."""
    wanted = list(paths)
    above = {above for path in wanted for above in _paths_above(path)}
    restrictions = _read(PageViewRestriction.objects.filter(page__path__in=above))
    return {path: _combined(path, restrictions) for path in wanted}


def regions_below(path: str) -> Restrictions:
    """The place, and every restricted place below it, each with the whole of what holds there."""
    restrictions = _read(
        PageViewRestriction.objects.filter(Q(page__path__in=_paths_above(path)) | Q(page__path__startswith=path))
    )
    places = {path} | {place for place, _expression in restrictions if place.startswith(path)}
    return [(place, _combined(place, restrictions)) for place in sorted(places)]


def may_enter(person: Any, page: Page) -> bool:
    """Whether page privacy lets the person read this page."""
    return privacy_of(page).satisfied_by(tokens_of(person))


def readable_sections(person: Any) -> QuerySet[SectionPage]:
    """Sections whose privacy the person satisfies; judged in memory: there are dozens, not thousands."""
    from cms.models import SectionPage

    mine = tokens_of(person)
    places = dict(SectionPage.objects.live().values_list("path", "pk"))
    privacy = privacy_of_paths(places)
    return SectionPage.objects.filter(pk__in=[pk for path, pk in places.items() if privacy[path].satisfied_by(mine)])
