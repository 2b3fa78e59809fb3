"""Who may open the console, and which departments and people are theirs to look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce, wraps
from operator import or_
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from portal.host.authority import local_it_paths
from portal.people.models import Department, Person

View = Callable[..., HttpResponse]


def may_open(person: Person) -> bool:
    """Central IT, and local IT of any department."""
    return person.is_superuser or person.memberships.filter(is_local_it=True).exists()


def for_it(view: View) -> View:
    """The view, for those who may open the console."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, Person) or not may_open(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def departments_of(person: Person) -> QuerySet[Department]:
    """The departments the person is IT of, with what is below them, in the order of the tree."""
    found = Department.objects.order_by("path")
    if person.is_superuser:
        return found
    homes = local_it_paths(person)
    return found.filter(reduce(or_, (Q(path__startswith=path) for path in homes))) if homes else found.none()


def one_of(mine: QuerySet[Department], given: str) -> Department:
    """The department whose id an address names; raises Http404 for what is none of these."""
    found = mine.filter(pk=given).first() if given.isascii() and given.isdigit() else None
    if found is None:
        raise Http404
    return found
