"""Task lists as an integration platform delivers them: one JSON document for several systems."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

ZONE = ZoneInfo("Europe/Tallinn")
FRIDAY = 4


def moment(text: str, today: date) -> str:
    """The time stamp for "+2 14:00" (two days ahead) or "fri 23:00" (this week's Friday)."""
    when, clock = text.split()
    days = FRIDAY - today.weekday() if when == "fri" else int(when)
    return datetime.combine(today + timedelta(days=days), time.fromisoformat(clock), tzinfo=ZONE).isoformat()


def items(today: date) -> Iterator[dict[str, Any]]:
    """The tasks as they stand on that day, each with the same id whenever it is asked for."""
    data = yaml.safe_load((Path(__file__).parent / "tasks.yaml").read_text(encoding="utf-8"))
    for task in data["tasks"]:
        for person in task["for"]:
            # A title may come back with another deadline; that makes it another task.
            name = f"{task['system']}/{task['title']}/{task['due']}/{person}"
            number = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
            task_id = f"{task['system']}-{number:010d}"
            yield {
                "id": task_id,
                "title": task["title"],
                "assignee": f"{person}@merekaar.example",
                "due": moment(task["due"], today),
                "state": "done" if task.get("done") else "open",
                "url": f"{data['systems'][task['system']]}{number}",
                "system": task["system"],
                "priority": task["priority"],
                "updated": moment(task["updated"], today),
            }


def write(folder: Path, today: date) -> list[Path]:
    """Write tasks.json."""
    path = folder / "tasks.json"
    text = json.dumps({"items": list(items(today))}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return [path]
