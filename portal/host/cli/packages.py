"""`available`, `install` and `upgrade`: plugins as packages."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from portal.host.cli.verb import Exit, Refusal, Verb
from portal.host.packages import installing, wheels
from portal.host.packages.compatibility import Incompatible
from portal.host.packages.installing import Plan, Undone
from portal.host.packages.pip import PipFailed

Options = dict[str, Any]

NEXT = "Run manage.py collectstatic if static files are served from a folder, then restart web and workers."


def _available(options: Options) -> list[Options]:
    return [
        {
            "slug": each.slug,
            "package": each.package,
            "version": each.version,
            "installed": each.installed,
            "summary": each.summary,
            "command": each.command,
            "problem": each.problem,
        }
        for each in wheels.available()
    ]


def _facts(planned: Plan) -> Options:
    return {
        "plugin": planned.told.slug,
        "package": planned.package,
        "version": planned.version,
        "before": planned.before,
        "also": [str(each) for each in planned.also],
        "default_on": planned.told.default_on,
    }


def _run(options: Options, *, upgrade: bool) -> Options:
    try:
        with installing.wheel_of(options["package"]) as wheel:
            if options["dry_run"]:
                return _facts(installing.plan(wheel, upgrade=upgrade)) | {"done": False}
            planned, migrations = installing.carry_out(wheel, upgrade=upgrade)
    except (Incompatible, PipFailed) as error:
        raise Refusal(str(error), Exit.REFUSED) from error
    except Undone as error:
        raise Refusal(str(error), Exit.FAILED) from error
    return _facts(planned) | {"done": True, "migrations": migrations, "next": NEXT}


def _install(options: Options) -> Options:
    return _run(options, upgrade=False)


def _upgrade(options: Options) -> Options:
    return _run(options, upgrade=True)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("package", metavar="NAME_OR_WHEEL", help="a wheel's path, or a package's name")
    parser.add_argument("--dry-run", action="store_true", help="judge and tell what would come, but change nothing")


VERBS = [
    Verb("available", "plugins in the folder of wheels that could be installed", _available),
    Verb("install", "install a plugin's package, if it fits", _install, _arguments),
    Verb("upgrade", "install a newer version of a plugin's package, if it fits", _upgrade, _arguments),
]
