"""Top-level addresses that belong to the platform, so that no page may take them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

RESERVED = frozenset(
    {
        "search", "people", "departments", "topics", "accounts", "files", "styleguide", "admin", "ingest",
        "live", "livez", "readyz", "metrics", "notifications", "app", "api", "static", "_util",
    }
)  # fmt: skip


def top_level_addresses() -> Iterator[str]:
    """The first parts of all addresses that are not pages."""
    routes: list[URLPattern | URLResolver] = list(get_resolver().url_patterns)
    while routes:
        route = routes.pop()
        if isinstance(route.pattern, RoutePattern):
            first = str(route.pattern).split("/")[0]
            if first and "<" not in first:
                yield first
            elif not first and isinstance(route, URLResolver):
                routes += route.url_patterns


def addresses_are_reserved(**kwargs: Any) -> list[checks.CheckMessage]:
    """Every address of the platform must be in RESERVED, or a page could be published over it."""
    return [
        checks.Error(
            f"The address /{first}/ is not reserved, so that a page could take it.",
            hint="Add it to RESERVED in cms/addresses.py.",
            id="cms.E001",
        )
        for first in sorted(set(top_level_addresses()) - RESERVED)
    ]


def no_page_has_a_reserved_address(databases: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Pages from before an address was reserved cannot be reached any more; says which."""
    from django.db import DatabaseError
    from wagtail.models import Page

    if not databases:
        return []
    try:
        taken = list(Page.objects.filter(depth=3, slug__in=RESERVED).values_list("pk", "slug"))
    except DatabaseError:  # before the first migration
        return []
    return [
        checks.Error(
            f"Page {pk} has the address /{slug}/, which belongs to the platform.",
            hint="Give the page another slug in the editor.",
            id="cms.E002",
        )
        for pk, slug in taken
    ]


def register_checks() -> None:
    checks.register(addresses_are_reserved, checks.Tags.urls)
    checks.register(no_page_has_a_reserved_address, checks.Tags.database)
