"""`manage.py plugins`: the plugin console for operators and scripts (--json)."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandParser

from portal.host.cli import archive, listing, packages, rules, scaffold, settings
from portal.host.cli.verb import Exit, Problems, Refusal, Verb

MODULES = (listing, packages, rules, settings, archive, scaffold)
VERBS: dict[str, Verb] = {verb.name: verb for module in MODULES for verb in module.VERBS}


class Command(BaseCommand):
    help = "Plugins: what is installed, where it is on, and its life from install to purge."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.set_defaults(json=False)
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb in VERBS.values():
            own = verbs.add_parser(verb.name, help=verb.help)
            verb.arguments(own)
            own.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = VERBS[options["verb"]]
        try:
            result = verb.run(options)
        except ValidationError as error:
            raise Refusal(" ".join(error.messages), Exit.REFUSED) from error
        except PermissionDenied as error:
            raise Refusal(str(error), Exit.REFUSED) from error
        except Problems as error:
            self._print(verb, error.found, options["json"])
            raise Refusal("Something is wrong, see above.", Exit.PROBLEMS) from error
        self._print(verb, result, options["json"])

    def _print(self, verb: Verb, result: Any, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2, default=str))
            return
        for line in verb.lines(result) if verb.lines else _plain(result):
            self.stdout.write(line)


def _plain(result: Any) -> list[str]:
    rows = result if isinstance(result, list) else [result]
    return [
        " · ".join(f"{name} {value}" for name, value in row.items() if value not in ("", None, [], {})) for row in rows
    ]
