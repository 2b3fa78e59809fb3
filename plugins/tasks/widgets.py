"""What is due today and what is late, on the start page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from plugins.tasks.lists import lists_of
from plugins.tasks.models import Task
from portal.host import Widget
from portal.ingestion.freshness import sources_of

SHOWN = 6
MOST = 100


def due_today(request: HttpRequest) -> str:
    """Late ones first; "" for whoever has no open task at all."""
    tasks = list(Task.objects.of(request.user).waiting()[:MOST])
    lists = lists_of(tasks)
    if not lists.waiting:
        return ""
    rows = [*lists.late, *lists.today]
    context = {"rows": rows[:SHOWN], "count": lists.waiting, "fresh": sources_of(tasks)}
    return render_to_string("tasks/widget.html", context)


widgets = [Widget("due-today", _("Due today"), due_today, order=20)]
