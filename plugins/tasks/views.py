"""The reader's tasks of all systems, and each of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from plugins.tasks.lists import due_of, lists_of
from plugins.tasks.models import Task
from plugins.tasks.on_its_way import is_settled, on_its_way
from plugins.tasks.queries import (
    COMMENT,
    COMPLETE,
    System,
    counts_of,
    finishing,
    systems_of,
    write_backs_of,
)
from portal.catalogue.access import readable_or_404
from portal.catalogue.models import Entry
from portal.host import surfaces
from portal.ingestion.freshness import freshness, freshness_of
from portal.ingestion.models import WriteBack
from portal.ingestion.write_back import ask, retry, withdraw

PAGE = 100
CLOSED = 30  # so many of what was closed lately are shown


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Late, today, later, and what was closed in the last days; `system` narrows to one."""
    mine = Task.objects.of(request.user)
    systems, sources = systems_of(mine)
    chosen = request.GET.get("system", "")[:120]
    if chosen:
        known = chosen in {system.name for system in systems}
        mine = mine.with_system().filter(where_from=chosen) if known else mine.none()
    page = Paginator(mine.waiting(), PAGE).get_page(request.GET.get("page"))
    shown, closed = list(page.object_list), list(mine.closed()[: CLOSED + 1])
    context = {
        "lists": lists_of([*shown, *closed[:CLOSED]], finishing(shown, request.user)),
        "counts": counts_of(mine, timezone.now()),
        "chips": _chips(systems, chosen),
        "chosen": chosen,
        "page": page,
        "pages": _pages(page, chosen),
        "more_closed": CLOSED if len(closed) > CLOSED else 0,
        "fresh": sorted(freshness_of(sources).values(), key=lambda one: one.source) if sources else [],
    }
    return render(request, "tasks/tasks.html", context)


def _chips(systems: list[System], chosen: str) -> list[dict[str, Any]]:
    """None where there is nothing to choose."""
    if len(systems) < 2:
        return []
    total = sum(system.count for system in systems)
    every = {"label": _("All systems (%(count)d)") % {"count": total}, "url": _url(), "current": not chosen}
    return [every] + [
        {"label": f"{one.name} ({one.count})", "url": _url(system=one.name), "current": one.name == chosen}
        for one in systems
    ]


def _url(**query: Any) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{reverse('tasks:tasks')}?{urlencode(given)}" if given else reverse("tasks:tasks")


def _pages(page: Page[Task], chosen: str) -> dict[str, Any]:
    """As components/pagination.html draws them."""
    paginator = page.paginator
    numbers = paginator.get_elided_page_range(page.number)
    return {
        "pages": [
            {"number": number if isinstance(number, int) else None, "url": _url(system=chosen, page=number),
             "current": number == page.number}
            for number in numbers
        ],
        "previous_url": _url(system=chosen, page=page.previous_page_number()) if page.has_previous() else "",
        "next_url": _url(system=chosen, page=page.next_page_number()) if page.has_next() else "",
    }  # fmt: skip


def _own_or_404(request: HttpRequest, pk: int) -> tuple[Task, Entry]:
    task = Task.objects.select_related("source__department").filter(pk=pk).first()
    if task is None:
        raise Http404
    return task, readable_or_404(request.user, task)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: what its system says, what can be done with it from here, and what became of that."""
    task, entry = _own_or_404(request, pk)
    return _detail(request, task, entry)


def _detail(request: HttpRequest, task: Task, entry: Entry, text: str = "", error: str = "") -> HttpResponse:
    sent = write_backs_of(task, request.user)
    finished = next((one for one in sent if one.operation == COMPLETE), None)
    offered = task.source.operations if not task.missing_since else {}
    may_finish = task.state == Task.State.OPEN and is_settled(finished, task)
    due, due_at, due_state = due_of(task, timezone.now())
    context = {
        "task": task,
        "entry": entry,
        "due": {"text": due, "at": due_at, "state": due_state},
        "fresh": freshness(task.source),
        "may_complete": COMPLETE in offered and may_finish,
        "may_comment": COMMENT in offered,
        "comment": {"text": text, "error": error, "key": uuid4()},
        "sent": [on_its_way(one, task) for one in sent],
        "below": surfaces.slot("entry.below", request, entry),
    }
    return render(request, "tasks/task.html", context, status=400 if error else 200)


@require_POST
def write_back(request: HttpRequest, pk: int, operation: str) -> HttpResponse:
    """Keeps what the person does with a task, for its system. The same form twice is one."""
    task, entry = _own_or_404(request, pk)
    text = request.POST.get("text", "")
    data = {"text": text} if operation == COMMENT else {}
    try:
        ask(task.source, task.external_id, operation, data, acting_person=request.user, key=_key(request))
    except ValidationError as error:
        if operation == COMMENT:
            return _detail(request, task, entry, text, " ".join(error.messages))
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Kept. It is sent to %(system)s in a moment.") % {"system": task.source.name})
    return redirect(task)


def _key(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


@require_POST
def change_write_back(request: HttpRequest, pk: int, write_back: int, change: str) -> HttpResponse:
    """Withdraws it while it waits, or tries again what was not sent."""
    task, _entry = _own_or_404(request, pk)
    found = WriteBack.objects.about(task.source_id, task.external_id)
    mine = found.filter(pk=write_back, person=request.user).first()
    if mine is None or change not in CHANGES:
        raise Http404
    try:
        CHANGES[change](mine, acting_person=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(task)


CHANGES: dict[str, Any] = {"withdraw": withdraw, "retry": retry}
