"""The person's notifications as a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from portal.notifications.actions import mark_read
from portal.notifications.models import Notification
from portal.notifications.rows import notice_of, rows_of
from portal.paging import page_of

PAGE = 30


@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    page = page_of(request, Notification.objects.visible_to(request.user).order_by("-created_at", "-pk"), PAGE)
    return render(request, "portal/notification_list.html", {"page": page, "rows": rows_of(list(page.object_list))})


@require_GET
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Goes to what it is about. Following it is reading it, which concerns nobody but the person."""
    person = request.user
    assert person.is_authenticated  # says the middleware
    notification = get_object_or_404(Notification.objects.visible_to(person), pk=pk)
    mark_read([notification.pk], acting_person=person)
    return redirect(notice_of(notification).url or "notifications")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated  # says the middleware
    mark_read(acting_person=request.user)
    return redirect("notifications")
