"""`python -m bench.loading migrate|fill SIZE`: works on the database that the environment names."""

from __future__ import annotations

import sys

import django


def main(what: str, size: str) -> None:
    django.setup()
    from django.core.management import call_command

    from bench import data, databases, plan

    call_command("migrate", verbosity=0, skip_checks=True)
    if what == "fill":
        databases.remember(size, data.load(plan.SIZES[size]))


if __name__ == "__main__":
    main(*sys.argv[1:])
