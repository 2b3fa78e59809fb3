"""`manage.py catalogue rebuild`: the entries of plugins, written anew from their rows."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.catalogue.rebuilding import rebuild
from portal.host.registry import registry


class Command(BaseCommand):
    help = "Writes the entries of plugins anew from their rows; search takes them over by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["rebuild"])
        parser.add_argument("--plugin", metavar="SLUG", help="only of this plugin")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        plugins = {plugin.slug: plugin for plugin in registry.active()}
        if (slug := options["plugin"]) is not None:
            if slug not in plugins:
                raise CommandError(f"There is no plugin {slug!r} that runs; these do: {', '.join(sorted(plugins))}.")
            plugins = {slug: plugins[slug]}
        found = {slug: rebuild(plugin) for slug, plugin in plugins.items() if plugin.contributions.rebuild}
        if options["json"]:
            told = {slug: {"written": done.written, "failed": done.failed} for slug, done in found.items()}
            self.stdout.write(json.dumps(told, indent=2))
        for slug, done in found.items():
            if not options["json"]:
                self.stdout.write(f"{slug}: {done.written} entries")
            for label, key, why in done.failed:
                self.stderr.write(f"{slug}: {label} {key} stays as it was: {why}")
        if number := sum(len(done.failed) for done in found.values()):
            raise CommandError(f"{number} rows gave no card, see above; the others are done.")
