"""`manage.py search status|rebuild|verify`: the indexes of all engines, or of one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from search import engines
from search.engines.base import Engine, EngineDown


class Command(BaseCommand):
    help = "Shows, rebuilds or checks the search indexes. Search goes on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["status", "rebuild", "verify"])
        parser.add_argument("--engine", choices=["database", "elasticsearch"], help="only this one")
        parser.add_argument("--json", action="store_true", help="status as JSON")

    def handle(self, *args: Any, what: str, engine: str | None, **options: Any) -> None:
        chosen = [one for one in engines.configured() if engine in (None, one.name)]
        if not chosen:
            raise CommandError(f"{engine} is not configured; set ELASTICSEARCH_URL.")
        if what == "status":
            self._status(chosen, as_json=options["json"])
            return
        for one in chosen:
            try:
                number = one.rebuild() if what == "rebuild" else one.verify()
            except EngineDown as error:
                raise CommandError(f"{one.name}: {error}") from error
            said = "entries in the index" if what == "rebuild" else "entries differed and were queued"
            self.stdout.write(f"{one.name}: {number} {said}")

    def _status(self, chosen: list[Engine], *, as_json: bool) -> None:
        statuses = [one.status() for one in chosen]
        if as_json:
            self.stdout.write(json.dumps([asdict(status) for status in statuses], default=str))
            return
        for status in statuses:
            state = "ready" if status.ready else "not ready"
            line = f"{status.engine}: {state}, {status.documents} entries, {status.waiting} waiting. {status.note}"
            self.stdout.write(line.strip())
