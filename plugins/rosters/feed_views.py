"""The reader's shifts in their own calendar: the page with its address, and what is read there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plugins.rosters import actions, feeds
from plugins.rosters.models import Feed
from plugins.rosters.views import tabs_of
from portal.social.secret_addresses import by_secret_address


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """The reader's secret address; a POST makes a new one and shows it, this once."""
    address = ""
    if request.method == "POST":
        secret = actions.give_address(request.user, acting_person=request.user)
        address = feed_address(request, secret)
    context = {
        "tabs": tabs_of(""),
        "address": address,
        "feed": Feed.objects.filter(person=request.user).first(),
        "days_back": feeds.DAYS_BACK,
        "days_ahead": feeds.DAYS_AHEAD,
    }
    response = render(request, "rosters/calendar.html", context)
    if address:
        response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def revoke_calendar(request: HttpRequest) -> HttpResponse:
    actions.revoke_address(request.user, acting_person=request.user)
    return redirect("rosters:calendar")


@by_secret_address(feeds.person_of, renewal=_("Get a new one under My week, In my own calendar."))
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The shifts of the address's person, for a calendar that subscribes to them."""
    body = feeds.calendar_of(request.user, feeds.shifts_in_feed(request.user))
    actions.note_use(request.user)
    etag = feeds.etag_of(body)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers={"ETag": etag})
    response["Content-Disposition"] = 'inline; filename="shifts.ics"'
    return get_conditional_response(request, etag=etag, response=response) or response


def feed_address(request: HttpRequest, secret: str) -> str:
    return request.build_absolute_uri(reverse("rosters:feed", args=[secret]))
