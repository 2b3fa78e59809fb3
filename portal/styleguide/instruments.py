"""Key figures, shifts and tasks of the style guide, in each state."""

import datetime as dt
from typing import Any

from django.utils import timezone

POINTS = {
    "door": (46, 44, 47, 41, 39, 42, 38, 36, 37, 34),
    "antibiotics": (71, 74, 73, 78, 80, 79, 84, 83, 86, 88),
    "beds": (86, 88, 87, 90, 89, 93, 94, 95, 93, 94),
    "hygiene": (82, 84, 87, 86, 89, 90, 92, 91, 91, 91),
}


def _kpis() -> list[dict[str, Any]]:
    read = timezone.now().replace(minute=12)
    return [
        {
            "name": "Door to doctor, median",
            "value": 34,
            "unit": "min",
            "state": "ok",
            "state_text": "On target",
            "points": POINTS["door"],
            "band": (25, 40),
            "source": "ehr",
            "read_at": read,
        },
        {
            "name": "Antibiotics within 1 hour",
            "value": 88,
            "unit": "%",
            "state": "warn",
            "state_text": "2 points under target",
            "points": POINTS["antibiotics"],
            "band": (90, 97),
            "source": "ehr",
            "read_at": read,
        },
        {
            "name": "Occupied beds",
            "value": 94,
            "unit": "%",
            "state": "bad",
            "state_text": "Above 92 for 6 days",
            "points": POINTS["beds"],
            "band": (78, 92),
            "source": "bed-board",
            "read_at": read,
        },
        {
            "name": "Hand hygiene observed",
            "value": 91,
            "unit": "%",
            "state": "stale",
            "state_text": "Last good value",
            "points": POINTS["hygiene"],
            "band": (85, 100),
            "source": "audit-app",
            "read_at": read - dt.timedelta(days=3),
        },
    ]


def _week() -> list[dict[str, Any]]:
    day = {"kind": "day", "hours": "07–15", "label": "Day"}
    late = {"kind": "late", "hours": "14–22", "label": "Late"}
    night = {"kind": "night", "hours": "21–07", "label": "Night"}
    free = {"kind": "open", "hours": "07–15", "label": "Open"}
    monday = dt.date(2026, 11, 23)
    shifts = [[day], [day], [late], [], [free], [night], [night]]
    return [{"date": monday + dt.timedelta(days=at), "today": at == 1, "shifts": row} for at, row in enumerate(shifts)]


def _tasks() -> list[dict[str, Any]]:
    today = timezone.localdate()
    return [
        {
            "id": "t-1",
            "title": "Sign off discharge letters (3)",
            "form_name": "done",
            "due_at": today,
            "due_state": "warn",
            "source": "ehr",
        },
        {
            "id": "t-2",
            "title": "Book fire-safety refresher",
            "url": "#tasks",
            "source": "learning",
            "due_at": today - dt.timedelta(days=2),
            "due_state": "bad",
        },
        {
            "id": "t-3",
            "title": "Check crash trolley, bay 4",
            "form_name": "done",
            "done": True,
            "source": "checklists",
        },
        {"id": "t-4", "title": "Read the new rules for visitors", "due": "any time"},
    ]


def context() -> dict[str, Any]:
    """What the sections on machines show."""
    return {"kpis": _kpis(), "week": _week(), "tasks": _tasks()}
