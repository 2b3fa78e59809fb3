"""`export`, `archives`, `retire`, `restore` and `purge`: a plugin's end and its way back."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from functools import wraps
from typing import Any

from portal.host.archive import exporting, purging, restoring, retiring, store
from portal.host.archive.store import ArchiveError
from portal.host.cli.verb import Exit, Refusal, Verb, plugin_of, slug_argument
from portal.host.models import Archive
from portal.host.registry import registry

Options = dict[str, Any]


def _clearly(run: Callable[[Options], Any]) -> Callable[[Options], Any]:
    """What could not be written or read ends the command with one sentence."""

    @wraps(run)
    def wrapped(options: Options) -> Any:
        try:
            return run(options)
        except ArchiveError as error:
            raise Refusal(str(error), Exit.FAILED) from error

    return wrapped


def facts(archive: Archive) -> dict[str, Any]:
    return {
        "id": archive.pk,
        "plugin": archive.plugin,
        "version": archive.version,
        "state": archive.state,
        "path": str(store.file_of(archive)),
        "sha256": archive.sha256,
        "made_at": archive.made_at.isoformat(),
        "rows": archive.rows,
    }


@_clearly
def _export(options: Options) -> Options:
    return facts(exporting.export_plugin(plugin_of(options).slug, acting_person=None))


def _archives(options: Options) -> list[Options]:
    found = Archive.objects.all()
    return [facts(a) for a in (found.filter(plugin=options["slug"]) if options["slug"] else found)]


@_clearly
def _retire(options: Options) -> Options:
    slug = plugin_of(options).slug
    archive = retiring.retire(slug, acting_person=None, reason=options["reason"])
    retiring.drop_tables(slug)
    package = registry.all()[slug].config.name
    return facts(archive) | {
        "next": f"The tables are gone. The package that holds {package} can be uninstalled; then restart all processes."
    }


@_clearly
def _restore(options: Options) -> Options:
    return facts(restoring.restore(_archive_of(options), acting_person=None))


@_clearly
def _purge(options: Options) -> Options:
    slug = options["slug"]
    if options["yes"] != slug:
        raise Refusal(f"This deletes all data of {slug!r}. Repeat with --yes {slug} if that is meant.", Exit.REFUSED)
    return facts(purging.purge(slug, acting_person=None))


def _discard(options: Options) -> Options:
    archive = _archive_of(options)
    gone = facts(archive)
    exporting.discard(archive, acting_person=None)
    return gone


def _archive_of(options: Options) -> Archive:
    """By its number, else the one the plugin was retired into, else its newest."""
    found = Archive.objects.filter(plugin=options["slug"])
    if options["archive"]:
        archive = found.filter(pk=options["archive"]).first()
    else:
        archive = exporting.retired(options["slug"]) or found.first()
    if archive is None:
        raise Refusal("There is no such archive; `plugins archives` lists them.", Exit.NOT_FOUND)
    return archive


def _arguments_of_archives(parser: ArgumentParser) -> None:
    parser.add_argument("slug", nargs="?", default="", help="only of this plugin")


def _arguments_of_retire(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("--reason", default="", help="for the history")


def _arguments_of_restore(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("--archive", type=int, help="the number of the archive; by default the newest")


def _arguments_of_discard(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("archive", type=int, help="the number of the archive")


def _arguments_of_purge(parser: ArgumentParser) -> None:
    slug_argument(parser)
    parser.add_argument("--yes", default="", metavar="SLUG", help="the plugin once more: its data will be deleted")


VERBS = [
    Verb("export", "write all data of a plugin into an archive", _export, slug_argument),
    Verb("archives", "the archives there are", _archives, _arguments_of_archives),
    Verb(
        "retire", "export a plugin, empty and drop its tables, keep its entries hidden", _retire, _arguments_of_retire
    ),
    Verb("restore", "bring a retired or purged plugin back", _restore, _arguments_of_restore),
    Verb("discard", "delete an archive that is not needed any more", _discard, _arguments_of_discard),
    Verb("purge", "delete all data of a plugin that is exported or retired", _purge, _arguments_of_purge),
]
