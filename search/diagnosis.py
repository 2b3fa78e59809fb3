"""What is wrong with search, for `plugins doctor`: each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from portal.host.diagnosis import Problem
from search import engines
from search.engines.base import Status


def problems() -> Iterator[Problem]:
    """Of every engine that is kept. An index that is being built is no problem: the worker builds it."""
    for engine in engines.configured():
        for kind, text in _of(engine.status()):
            yield Problem("search", kind, text)


def _of(status: Status) -> Iterator[tuple[str, str]]:
    names = {"engine": status.engine, "number": status.postponed, "error": status.error}
    if status.error:
        yield "unreachable", _("The engine %(engine)s does not answer: %(error)s") % names
    if status.outdated:
        text = _("The index of %(engine)s was made for another version of Folkmoot; run manage.py search rebuild.")
        yield "outdated", text % names
    if status.postponed:
        text = _("%(engine)s refuses %(number)s entries; manage.py search status says why.")
        yield "refused", text % names
