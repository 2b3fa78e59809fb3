"""The directory, profiles, and departments."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.catalogue.models import Entry
from portal.host import surfaces
from portal.paging import page_of
from portal.people import following
from portal.people.lookup import by_words
from portal.people.models import Department, Membership, Person
from portal.startpage.views import cursor_of
from portal.timeline.read import timeline_page

PAGE = 60


def _with_departments(people: QuerySet[Person]) -> QuerySet[Person]:
    memberships = Membership.objects.select_related("department").order_by("-is_primary", "department__name")
    return people.select_related("location", "role").prefetch_related(Prefetch("memberships", memberships))


@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Colleagues by first name; `q` finds words of names and titles, `department` and `followed` narrow."""
    query, path = request.GET.get("q", "").replace("\x00", "")[:200], request.GET.get("department", "")
    people = by_words(Person.objects.active(), query)
    department = Department.objects.filter(url_path=path.strip("/")).first() if path else None
    if department:
        people = people.filter(memberships__department__path__startswith=department.path).distinct()
    followed = request.GET.get("followed") == "1"
    if followed:
        people = people.filter(pk__in=following.followed_ids(request.user))
    page = page_of(request, _with_departments(people), PAGE)
    return render(
        request,
        "portal/people_list.html",
        {
            "page": page,
            "count": page.paginator.count,
            "query": query,
            "department": department,
            "followed": followed,
            "departments": Department.objects.all(),
        },
    )


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    person = get_object_or_404(_with_departments(Person.objects.active()), username=username)
    entries = Entry.objects.visible_to(request.user).filter(author=person).exclude(type="person")
    recent = list(entries.newest().for_cards()[:10])
    return render(
        request,
        "portal/person.html",
        {
            "profile": person,
            "memberships": list(person.memberships.all()),
            "entries": recent,
            "actions": surfaces.slot_for_entries("entry.actions", request, recent),
            "slots": surfaces.slot("person.profile", request, person),
            "is_me": person == request.user,
            "follows": person.pk in following.followed_ids(request.user),
        },
    )


@require_POST
def follow(request: HttpRequest, username: str) -> HttpResponse:
    """Follows the person, or no longer (`stop`)."""
    assert request.user.is_authenticated  # says the middleware
    person = get_object_or_404(Person.objects.active(), username=username)
    name = {"name": person.display_name}
    try:
        if "stop" in request.POST:
            following.unfollow(person, acting_person=request.user)
            messages.success(request, _("You no longer follow %(name)s.") % name)
        else:
            following.follow(person, acting_person=request.user)
            messages.success(request, _("You follow %(name)s: what they write stands higher when you search.") % name)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect(person.get_absolute_url())


@require_safe
def department_list(request: HttpRequest) -> HttpResponse:
    counted = Count("memberships", filter=Q(memberships__person__is_active=True))
    departments = Department.objects.select_related("location").annotate(people=counted).order_by("path")
    return render(request, "portal/department_list.html", {"departments": departments})


@require_safe
def department(request: HttpRequest, path: str) -> HttpResponse:
    found = get_object_or_404(Department.objects.select_related("location"), url_path=path.strip("/"))
    timeline = timeline_page(request.user, before=cursor_of(request), department=found)
    entries = [item.entry for item in timeline.items]
    memberships = found.memberships.filter(person__is_active=True).select_related("person__location")
    return render(
        request,
        "portal/department.html",
        {
            "department": found,
            "ancestors": found.get_ancestors(),
            "children": found.get_children(),
            "memberships": list(memberships.order_by("-is_head", "person__first_name")[:30]),
            "people_count": memberships.count(),
            "timeline": timeline,
            "actions": surfaces.slot_for_entries("entry.actions", request, entries),
            "before_timeline": surfaces.slot("timeline.above", request, found),
            "slots": surfaces.slot("department.page", request, found),
        },
    )
