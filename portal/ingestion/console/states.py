"""How a source is doing, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.host import gate
from portal.ingestion import adapters
from portal.ingestion.freshness import freshness
from portal.ingestion.models import Run, Source
from portal.jobs.schedules import next_run

NEXT = 3


@dataclass(frozen=True)
class State:
    """`sort`: "well", "rest" or "trouble"; `words`: in short; `why`: a sentence, or ""."""

    sort: str
    words: str
    why: str = ""


def state_of(source: Source, *, held: int = 0, rejected: int = 0) -> State:
    """Of one source, worst first. Warm, no query."""
    if source.adapter not in adapters.every():
        return State("trouble", _("no plugin"), _("The plugin with its adapter is not installed; what comes is kept."))
    if source.paused:
        return State("rest", _("paused"), _("Nothing is fetched or applied; what is sent is kept."))
    if not gate.is_on_in(source.plugin, source.department):
        return State("rest", _("plugin off here"), _("What comes is kept, and applied when the plugin is on again."))
    if source.schedule and next_run(source.schedule, timezone.now()) is None:
        return State("trouble", _("never due"), _("Its schedule never comes due, so it is not fetched; change it."))
    if source.last_error:
        return State("trouble", _("failing"), source.last_error)
    if held:
        return State("trouble", _("held"), _("A delivery changes so much that somebody has to look at it."))
    return _by_freshness(source, rejected)


def _by_freshness(source: Source, rejected: int) -> State:
    fresh = freshness(source)
    if fresh.read_at is None:
        return State("rest", _("nothing yet"), _("Nothing has been read from it yet."))
    said = {"when": formats.date_format(timezone.localtime(fresh.read_at), "SHORT_DATETIME_FORMAT")}
    if fresh.stale:
        return State("trouble", _("late"), _("Something should have come; last read %(when)s") % said)
    if rejected:
        words = ngettext("fresh, %(n)d item refused", "fresh, %(n)d items refused", rejected) % {"n": rejected}
        return State("trouble", words, _("Read %(when)s; what was refused waits under Rejected items.") % said)
    return State("well", _("fresh"), _("Read %(when)s") % said)


def next_runs(schedule: str) -> list[str]:
    """The next moments of a schedule, as people read them; empty for what is none or never comes due."""
    found: list[str] = []
    moment = next_run(schedule, timezone.now())
    while moment is not None and len(found) < NEXT:
        found.append(formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT"))
        moment = next_run(schedule, moment)
    return found


def counts_in_words(counts: Mapping[str, Any]) -> str:
    """What a run did: "3 new, 1 changed"; of what there was none nothing is said."""
    texts = (
        ("new", ngettext("%(n)s new", "%(n)s new", _n(counts, "new"))),
        ("changed", ngettext("%(n)s changed", "%(n)s changed", _n(counts, "changed"))),
        ("unchanged", ngettext("%(n)s unchanged", "%(n)s unchanged", _n(counts, "unchanged"))),
        ("older", ngettext("%(n)s older than what is there", "%(n)s older than what is there", _n(counts, "older"))),
        ("rejected", ngettext("%(n)s rejected", "%(n)s rejected", _n(counts, "rejected"))),
        ("missing", ngettext("%(n)s missing", "%(n)s missing", _n(counts, "missing"))),
    )
    return ", ".join(text % {"n": counts[name]} for name, text in texts if counts.get(name)) or _("nothing")


def _n(counts: Mapping[str, Any], name: str) -> int:
    return int(counts.get(name) or 0)


def duration_of(run: Run) -> str:
    """How long a run took: "0.4 s", "2 min"; "" while it runs."""
    return in_time((run.finished_at - run.started_at).total_seconds()) if run.finished_at else ""


def in_time(seconds: float) -> str:
    """A duration in words: "0.4 s", "2 min"."""
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": formats.localize(round(seconds, 1))}
    return _("%(minutes)d min") % {"minutes": round(seconds / 60)}
