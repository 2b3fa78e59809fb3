"""One shift in words, on the clocks of where the work is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from plugins.rosters.models import Shift

LABELS = {
    "day": pgettext_lazy("shift", "Day"),
    "late": pgettext_lazy("shift", "Late"),
    "night": pgettext_lazy("shift", "Night"),
    "other": gettext_lazy("Shift"),
}


@dataclass(frozen=True)
class Duty:
    """`tint`: day, late, night, other or open; `hours`: "21:00–07:00", "" for whole days; `length`: as it passes.

    `label`: what it is in a word; `state`: in words if it does not stand; `notes`: what else one must know.
    """

    shift: Shift
    tint: str
    label: str
    hours: str
    length: str
    state: str
    notes: list[str]

    @property
    def day(self) -> str:
        return day_in_words(self.shift.starts)

    @property
    def until(self) -> str:
        return f"{self.shift.ends:%H:%M}"

    @property
    def phone_url(self) -> str:
        """Of whoever works it, for a link; "" without a number."""
        phone = self.shift.person.phone if self.shift.person else ""
        return f"tel:{''.join(phone.split())}" if phone else ""


def duty_of(shift: Shift) -> Duty:
    """In the language and the time zone that are active."""
    return Duty(
        shift=shift,
        tint="open" if shift.is_open or not shift.stands else shift.kind,
        label=pgettext("shift", "Open") if shift.is_open else str(LABELS[shift.kind]),
        hours="" if shift.all_day else hours_of(shift.starts, shift.ends),
        length="" if shift.all_day else length_of(shift.length),
        state=state_of(shift),
        notes=notes_of(shift),
    )


def state_of(shift: Shift) -> str:
    """Why it is not worked; "" if it is."""
    if shift.cancelled:
        return _("Cancelled")
    return _("No longer in the roster") if shift.missing_since else ""


def hours_of(starts: datetime, ends: datetime) -> str:
    return f"{starts:%H:%M}–{ends:%H:%M}"


def length_of(length: timedelta) -> str:
    """ "8 h 30 min": what passes, not what the clocks differ by."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not minutes:
        return _("%(hours)d h") % {"hours": hours}
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def notes_of(shift: Shift) -> list[str]:
    """That the clocks change meanwhile, and whose clocks are meant where they are not the reader's."""
    notes = []
    if shift.clocks_change and not shift.all_day:
        back = (shift.ends.utcoffset() or timedelta()) < (shift.starts.utcoffset() or timedelta())
        text = _("The clocks go back: %(length)s.") if back else _("The clocks go forward: %(length)s.")
        notes.append(text % {"length": length_of(shift.length)})
    if place := elsewhere(shift):
        notes.append(_("On the clocks of %(place)s.") % {"place": place})
    return notes


def elsewhere(shift: Shift) -> str:
    """The place whose clocks the times are read on, if those of the reader show others; else ""."""
    here = timezone.get_current_timezone()
    same = all(moment.astimezone(here).utcoffset() == moment.utcoffset() for moment in (shift.starts, shift.ends))
    return "" if same or shift.all_day else place_of(ZoneInfo(shift.time_zone))


def place_of(zone: ZoneInfo) -> str:
    """ "Stockholm" of Europe/Stockholm."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def day_in_words(moment: datetime) -> str:
    """ "Saturday 28 November"."""
    form = "j F" if (get_language() or "en").startswith("en") else "MONTH_DAY_FORMAT"
    return f"{formats.date_format(moment, 'l')} {formats.date_format(moment, form)}"


def full_of(shift: Shift) -> str:
    """All of it in one line, for whoever does not see the table."""
    if shift.all_day:
        parts = [shift.title]
    else:
        said = {"shift": shift.title, "from": f"{shift.starts:%H:%M}", "to": f"{shift.ends:%H:%M}"}
        parts = [_("%(shift)s, %(from)s to %(to)s") % said, length_of(shift.length)]
    return ", ".join(part for part in (*parts, elsewhere(shift), state_of(shift)) if part)


def next_in_words(shift: Shift, now: datetime) -> str:
    """The sentence above somebody's week: which shift they are on, or which is their next."""
    said = {
        "shift": shift.title,
        "department": shift.department.name,
        "day": day_in_words(shift.starts),
        "from": f"{shift.starts:%H:%M}",
        "to": f"{shift.ends:%H:%M}",
    }
    if shift.starts_at <= now:
        if shift.all_day:
            return _("You are on now: %(shift)s, %(department)s.") % said
        return _("You are on now, until %(to)s: %(shift)s, %(department)s.") % said
    if shift.all_day:
        return _("Your next shift: %(day)s, %(shift)s, %(department)s.") % said
    return _("Your next shift: %(day)s, %(from)s to %(to)s, %(shift)s, %(department)s.") % said
