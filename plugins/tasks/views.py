"""The reader's tasks of all systems."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from plugins.tasks.lists import lists_of
from plugins.tasks.models import Task
from portal.ingestion.freshness import freshness_of

MOST = 300


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Late, today, later, and what was done in the last days."""
    found = list(Task.objects.of(request.user)[:MOST])
    fresh = freshness_of({task.source_id for task in found}) if found else {}
    context = {"lists": lists_of(found), "fresh": sorted(fresh.values(), key=lambda one: one.source)}
    return render(request, "tasks/tasks.html", context)
