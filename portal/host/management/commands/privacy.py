"""`manage.py privacy`: what plugins hold about a person, and its erasure."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.host.cli.verb import Exit, Refusal
from portal.host.privacy import PrivacyFailed, erase_person, export_person
from portal.people.models import Person


class Command(BaseCommand):
    help = "Exports or erases what all plugins hold about a person, whether they are on, off or retired."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["export", "erase"])
        parser.add_argument("username")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(username=options["username"]).first()
        if person is None:
            raise Refusal(f"There is no person {options['username']!r}.", Exit.NOT_FOUND)
        try:
            if options["verb"] == "export":
                result: dict[str, Any] = export_person(person)
            else:
                result = erase_person(person, acting_person=None)
        except PrivacyFailed as error:
            self._write(error.done, options)
            raise Refusal(str(error), Exit.FAILED) from error
        self._write(result, options)

    def _write(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2, default=str))
            return
        for slug, value in result.items():
            self.stdout.write(f"{slug}: {json.dumps(value, ensure_ascii=False, default=str)}")
