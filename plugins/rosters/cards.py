"""Shifts as entries of the catalogue, found and read by the department and by whoever works them."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import formats, translation
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from plugins.rosters.models import Shift
from portal.audience.expressions import Expression
from portal.catalogue.card import Card
from portal.host import EntryType
from portal.host.settings import settings_for

types = [EntryType("shift", _("Shift"), "calendar", "automated", _("Shifts"))]

SLUG = "rosters"


def audience_of(shift: Shift) -> Expression:
    """As its source has it: by default the department, and whoever works it, from wherever they help out."""
    return shift.source.audience_of([shift.person_id], shift.department)


def shift_card(shift: Shift) -> Card:
    """For shifts with source, department and person at hand."""
    with translation.override(settings.LANGUAGE_CODE):
        title, summary, state = _title(shift), _summary(shift), _state(shift)
    return Card(
        kind="automated",
        type="shift",
        obj=shift,
        title=title,
        summary=summary,
        body="\n".join(text for text in (title, summary, shift.department.name) if text),
        url=shift.get_absolute_url(),
        department=shift.department,
        plugin=SLUG,
        audience=audience_of(shift),
        visible_until=shift.ends_at + timedelta(days=settings_for(SLUG, shift.department).found_days),
        stale_from=shift.missing_since,
        facets={
            **_times(shift),
            "shift": shift.kind,
            "person": shift.who,
            "open": shift.is_open,
            **state,
            "source": shift.source.name,
            "source_id": shift.source_id,
            "read_at": shift.read_at.isoformat(),
        },
    )


def _times(shift: Shift) -> dict[str, str]:
    """As the card's contract has them; a shift of whole days ends at the midnight after the last."""
    if shift.all_day:
        last = (shift.ends - timedelta(microseconds=1)).date()
        return {"starts_at": shift.starts.date().isoformat(), "ends_at": last.isoformat()}
    return {
        "starts_at": shift.starts.isoformat(),
        "ends_at": shift.ends.isoformat(),
        "time_zone": shift.time_zone,
    }


def _title(shift: Shift) -> str:
    return _gettext("%(shift)s, %(person)s, %(day)s %(time)s") % {
        "shift": shift.title,
        "person": shift.who or _gettext("open"),
        "day": formats.date_format(shift.starts, "j F"),
        "time": "" if shift.all_day else f"{shift.starts:%H:%M}",
    }


def _summary(shift: Shift) -> str:
    """Also says when whoever works it is not known here, so that nobody takes it for a mistake."""
    until = _gettext("Until %(time)s.") % {"time": f"{shift.ends:%H:%M}"} if not shift.all_day else ""
    unknown = ""
    if shift.name and shift.person_id is None:
        unknown = _gettext("%(name)s is not in the directory.") % {"name": shift.name}
    return " ".join(text for text in (until, shift.note, unknown) if text)


def _state(shift: Shift) -> dict[str, str]:
    if shift.cancelled:
        return {"state": "bad", "state_text": _gettext("Cancelled")}
    if shift.missing_since:
        return {"state": "stale", "state_text": _gettext("No longer in the roster")}
    if shift.is_open:
        return {"state": "warn", "state_text": _gettext("Open shift")}
    return {}


def _all_shifts() -> QuerySet[Shift]:
    return Shift.objects.select_related("source", "department", "person")


cards = {Shift: shift_card}
rebuild = {Shift: _all_shifts}
