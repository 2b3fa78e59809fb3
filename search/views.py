"""`/search/`: one box for everything."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from search.conf import DEEPEST
from search.page import context
from search.parameters import from_query
from search.query import SearchRequest, SearchResult, TooDeep
from search.service import search


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Filters that make no sense are left out; a page beyond what can be paged through is said to be so."""
    try:
        asked = from_query(request.user, request.GET, strict=False)
    except TooDeep:
        first = request.GET.copy()
        first.pop("page", None)
        asked = from_query(request.user, first, strict=False)
        text = _("Only the first %(number)d results can be paged through. Add a word or a filter to come closer.")
        result = SearchResult(limited=True, reason=text % {"number": DEEPEST})
        return render(request, "search/search.html", context(asked, result), status=400)
    asked, result = _existing_page(asked, explain=may_explain(request))
    return render(request, "search/search.html", context(asked, result))


def may_explain(request: HttpRequest) -> bool:
    """Whether to say why each result stands where it does: `?explain=1`, for search managers."""
    return request.GET.get("explain") == "1" and request.user.has_perm("search.explain_ranking")


def _existing_page(asked: SearchRequest, *, explain: bool) -> tuple[SearchRequest, SearchResult]:
    """The page, or the last one there is: an address that was shared may have outlived some results."""
    result = search(asked, explain=explain)
    if result.hits or asked.page == 1 or not result.count:
        return asked, result
    last = max(1, min(asked.page - 1, -(-result.count // asked.size)))
    asked = replace(asked, page=last)
    return asked, search(asked, explain=explain)
