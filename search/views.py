"""`/search/`: one box for everything, what it suggests, and the person's own searches."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from rest_framework.throttling import UserRateThrottle

from portal.host.answers import SHOWN as QUICK
from portal.row_ids import row_id
from portal.social.throttles import seconds_to_wait
from search.page import context, too_deep
from search.parameters import from_query, to_query
from search.query import SearchRequest, SearchResult, TooDeep
from search.quick import asked_for, of_what_is_named
from search.recent import (
    forget_search,
    forget_searches,
    recent_searches,
    remember_search,
    restore_searches,
    sealed,
    unsealed,
)
from search.seeking.noting import note_search
from search.sending import SENT, by_our_page
from search.service import search
from search.suggest import suggest

_FORGOTTEN = "search_forgotten"  # in the session, until the next page shows it


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Filters that make no sense are left out; a page beyond what can be paged through is said to be so."""
    try:
        asked = from_query(request.user, request.GET, strict=False)
    except TooDeep:
        first = request.GET.copy()
        first.pop("page", None)
        asked = from_query(request.user, first, strict=False)
        return render(request, "search/search.html", context(asked, SearchResult()) | too_deep(asked), status=400)
    if SENT in request.GET:
        return _sent(request, asked)
    if asked.q and (wait := seconds_to_wait(PageThrottle(), request)):
        return _too_often(request, asked, wait)
    answered = asked_for(asked)
    asked, result = _existing_page(replace(asked, as_written=answered.whole), explain=may_explain(request))
    quick = (answered.answers + of_what_is_named(asked, result))[:QUICK]
    note_search(asked, result, clickable=True, answered=bool(quick))
    beside = {"quick": quick} if asked.q else _own(request)
    return render(request, "search/search.html", context(asked, result) | beside)


def _own(request: HttpRequest) -> dict[str, object]:
    return {"recent": recent_searches(request.user), "forgotten": request.session.pop(_FORGOTTEN, None)}


class PageThrottle(UserRateThrottle):
    """The API's rate "search", counted apart: what a person's programs ask leaves the page open to the person."""

    scope = "search"
    cache_format = "throttle_page_%(scope)s_%(ident)s"


def _too_often(request: HttpRequest, asked: SearchRequest, wait: int) -> HttpResponse:
    text = _("You have searched very often within a minute. Wait %(seconds)d seconds, then search again.")
    result = SearchResult(limited=True, reason=text % {"seconds": wait})
    answer = render(request, "search/search.html", context(asked, result) | {"refused": True}, status=429)
    answer["Retry-After"] = str(wait)
    return answer


def _sent(request: HttpRequest, asked: SearchRequest) -> HttpResponse:
    """The search box was sent: the search is the person's own. The address that is shown is nobody's, to be shared."""
    person = request.user
    if person.is_authenticated and asked.page == 1 and by_our_page(request):
        remember_search(asked.q, acting_person=person)
    return redirect(reverse("search") + to_query(asked))


@require_safe
@never_cache
def suggestions(request: HttpRequest) -> HttpResponse:
    """The list below the search box while somebody types, as a piece of HTML."""
    return render(request, "search/_suggestions.html", {"found": suggest(request.user, request.GET.get("q", ""))})


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Removes one of the person's recent searches (`search`: its number), or all of them (`all`), with a way back.

    A script that asks for a `piece` gets the way back alone; else the page has it, once.
    """
    person, number = request.user, row_id(request.POST.get("search", ""))
    assert person.is_authenticated  # says the middleware
    gone = []
    if "all" in request.POST:
        gone = forget_searches(acting_person=person)
    elif number is not None:
        gone = forget_search(number, acting_person=person)
    text = ngettext("%(count)d recent search is forgotten.", "%(count)d recent searches are forgotten.", len(gone))
    forgotten = {"text": text % {"count": len(gone)}, "sealed": sealed(gone, person)}
    if "piece" in request.POST:
        return render(request, "search/_forgotten.html", {"forgotten": forgotten})
    if gone:
        request.session[_FORGOTTEN] = forgotten
    return redirect("search")


@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Brings back what was forgotten (`forgotten`: as `forget` sealed it)."""
    person = request.user
    assert person.is_authenticated  # says the middleware
    found = unsealed(request.POST.get("forgotten", ""), person)
    restore_searches(found, acting_person=person)
    if not found:
        messages.warning(request, _("It is too late to undo this."))
    return redirect("search")


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
