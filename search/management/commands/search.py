"""`manage.py search`: the indexes of all engines, or of one, for operators and scripts (--json)."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from search.operation import VERBS


class Command(BaseCommand):
    help = "Shows, rebuilds or compares the search indexes. Search goes on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb in VERBS.values():
            own = verbs.add_parser(verb.name, help=verb.help)
            verb.arguments(own)
            own.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        result = VERBS[verb].run(options)
        if options["json"]:
            self.stdout.write(json.dumps(result.facts, ensure_ascii=False, default=str))
        else:
            for line in result.lines:
                self.stdout.write(line)
        if result.problem:
            raise CommandError(result.problem, returncode=result.exit_code)
