"""The stage on which plugins put their part of the demo: who is there, what was written, what time it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from demo.load import Demo
from demo.sources import Moment
from portal.catalogue.models import Entry
from portal.people.models import Department, Person


@dataclass
class Stage:
    """Given to each plugin's `demo.seed(stage)`.

    `people` by user name, `departments` by url_path, `entries` by target ("page:<slug>", "post:<key>"): what can be
    commented on; plugins add their own. `feeds` is the folder that sources may pull from (below the drop folder).
    """

    demo: Demo
    now: datetime
    people: dict[str, Person]
    departments: dict[str, Department]
    feeds: Path
    say: Callable[[str], None]
    entries: dict[str, Entry] = field(default_factory=dict)

    def at(self, moment: Moment) -> datetime:
        return moment.at(self.now)
