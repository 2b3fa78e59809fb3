"""Pages of a list. `page_links` and components/pagination.html draw the ways to the others, also in the admin."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest


def page_of(request: HttpRequest, rows: Any, size: int) -> Page[Any]:
    """The page of `rows` (a QuerySet or a list) that `page` in the address asks for; the nearest to what is none."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
