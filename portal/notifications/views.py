"""The person's notifications as a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from portal.notifications.actions import mark_read
from portal.notifications.models import Notification
from portal.notifications.rows import notice_of, rows_of

PAGE = 30


@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    """The newest first; `before` is the id with which an earlier page begins."""
    found = Notification.objects.visible_to(request.user).order_by("-created_at", "-pk")
    if last := _own(request):
        found = found.filter(created_at__lte=last.created_at).exclude(created_at=last.created_at, pk__gte=last.pk)
    shown = list(found[: PAGE + 1])
    earlier = f"?before={shown[PAGE - 1].pk}" if len(shown) > PAGE else ""
    context = {"rows": rows_of(shown[:PAGE]), "earlier_url": earlier, "first": last is None}
    return render(request, "portal/notification_list.html", context)


def _own(request: HttpRequest) -> Notification | None:
    """The notification that `before` names, if it is the person's."""
    text = request.GET.get("before", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return Notification.objects.visible_to(request.user).filter(pk=int(text)).first()


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
