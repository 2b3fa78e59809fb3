"""Tasks in the sentence of the start page."""

from __future__ import annotations

from django.contrib.humanize.templatetags.humanize import apnumber
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import ngettext

from plugins.tasks.lists import lists_of
from plugins.tasks.models import Task

MOST = 100


def briefing(request: HttpRequest) -> list[str]:
    """How many tasks are due today and how many are late, a sentence each."""
    lists = lists_of(Task.objects.of(request.user).waiting().exclude(due_on=None)[:MOST])
    sentences = []
    if lists.today:
        text = ngettext(
            '<a href="{url}">{number} task</a> is due today.',
            '<a href="{url}">{number} tasks</a> are due today.',
            len(lists.today),
        )
        sentences.append(_sentence(text, len(lists.today)))
    if lists.late:
        text = ngettext(
            '<a href="{url}">{number} task</a> is late.',
            '<a href="{url}">{number} tasks</a> are late.',
            len(lists.late),
        )
        sentences.append(_sentence(text, len(lists.late)))
    return sentences


def _sentence(text: str, number: int) -> str:
    return format_html(text, url=reverse("tasks:tasks"), number=capfirst(str(apnumber(number))))


slots = {"briefing": briefing}
