"""`manage.py demo`: everything between installing and looking at it."""

from __future__ import annotations

import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from portal.jobs import sweep


class Command(BaseCommand):
    help = "Migrates, seeds the demo organisation where there is none yet, and starts the server."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--seed-only", action="store_true", help="do not start the server")

    def handle(self, *args: Any, port: int, seed_only: bool = False, **options: Any) -> None:
        try:
            from demo.seed import is_seeded, renew_feeds, seed
        except ModuleNotFoundError as error:  # an installation needs no libraries for the demo's documents
            raise CommandError(f"The demo needs {error.name}. Install it: pip install 'folkmoot[demo]'") from error
        call_command("migrate", verbosity=0, interactive=False)
        if is_seeded():
            self.stdout.write("The demo organisation is there already.")
            renew_feeds()
        else:
            self.stdout.write("Seeding the demo organisation:")
            seed(lambda line: self.stdout.write(f"  {line}"))
            done = sweep.run_all()
            sweep.give_back_leases()
            self.stdout.write(f"  {done} pieces of work done: feeds taken in, index filled")
        if seed_only:
            return
        self.stdout.write(f"\nFolkmoot runs at http://127.0.0.1:{port}/  (Ctrl-C stops it)")
        self.stdout.write(f"Accounts: {', '.join(DEMO_ACCOUNTS)}; password {DEMO_PASSWORD}\n")
        self.stdout.flush()
        call_command("serve", port=port)
