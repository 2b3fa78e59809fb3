"""The verbs of `manage.py search`, and what its exit codes say."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from django.core.management.base import CommandError

from portal.people.models import Person
from search import engines
from search.engines.base import Engine, EngineDown, Status, Verified
from search.query import SearchRequest
from search.service import search


class Exit(IntEnum):
    """What a script may rely on."""

    DONE = 0
    FAILED = 1  # an engine does not answer, or is not configured
    USAGE = 2
    DIFFERED = 3  # `verify` found differences, and queued them
    NOT_WELL = 4  # `status`: an index is not ready, was made for another version, or refuses entries


@dataclass(frozen=True)
class Result:
    """`facts` for programs, `lines` for people; `problem` says what to do if not all is well."""

    facts: Any
    lines: Sequence[str]
    problem: str = ""
    exit_code: Exit = Exit.DONE


@dataclass(frozen=True)
class Verb:
    """`run` takes the parsed options. Raises CommandError if it cannot be done."""

    name: str
    help: str
    run: Callable[[dict[str, Any]], Result]
    arguments: Callable[[ArgumentParser], None] = lambda parser: None


def engine_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--engine", choices=[engines.DATABASE, engines.ELASTICSEARCH], help="only this one")


def _chosen(options: dict[str, Any]) -> list[Engine]:
    name = options["engine"]
    found = [one for one in engines.configured() if name in (None, one.name)]
    if not found:
        raise CommandError(f"{name} is not configured; set ELASTICSEARCH_URL.", returncode=Exit.FAILED)
    return found


def _each(options: dict[str, Any], do: Callable[[Engine], Any]) -> list[tuple[Engine, Any]]:
    found = []
    for engine in _chosen(options):
        try:
            found.append((engine, do(engine)))
        except EngineDown as error:
            raise CommandError(f"{engine.name}: {error}", returncode=Exit.FAILED) from error
    return found


def _status(options: dict[str, Any]) -> Result:
    found = [engine.status() for engine in _chosen(options)]
    lines = [line for status in found for line in _status_lines(status)]
    ill = [status.engine for status in found if not status.ready or status.outdated or status.postponed]
    facts = [asdict(status) | {"refused": [each._asdict() for each in status.refused]} for status in found]
    if ill and options["check"]:
        return Result(facts, lines, f"Not all is well with {', '.join(ill)}, see above.", Exit.NOT_WELL)
    return Result(facts, lines)


def _status_lines(status: Status) -> list[str]:
    state = "ready" if status.ready else "not ready"
    waiting = f"{status.waiting} waiting" + (f" (up to {status.oldest_seconds:.0f} s)" if status.waiting else "")
    line = f"{status.engine}: {state}, {status.documents} entries, {waiting}, {status.postponed} refused. {status.note}"
    return [line.strip(), *(_refused_line(each) for each in status.refused)]


def _refused_line(each: Any) -> str:
    again = f", again at {each.retry_at:%Y-%m-%d %H:%M:%S %Z}" if each.retry_at else ""
    return f"  entry {each.entry_id}, refused {each.attempts} times{again}: {each.error}"


def _rebuild(options: dict[str, Any]) -> Result:
    found = _each(options, lambda engine: engine.rebuild())
    facts = [{"engine": engine.name, "documents": number} for engine, number in found]
    return Result(facts, [f"{engine.name}: {number} entries in the index" for engine, number in found])


def _verify(options: dict[str, Any]) -> Result:
    found: list[Verified] = [verified for _engine, verified in _each(options, lambda engine: engine.verify())]
    facts, lines = [verified.facts() for verified in found], [_verified_line(verified) for verified in found]
    differed = sum(verified.differed for verified in found)
    if differed:
        problem = f"{differed} differed; the worker repairs them. Run it again when search status shows none waiting."
        return Result(facts, lines, problem, Exit.DIFFERED)
    return Result(facts, lines)


def _verified_line(verified: Verified) -> str:
    kinds = ("missing", "behind", "ahead", "different", "foreign")
    parts = ", ".join(f"{getattr(verified, kind)} {kind}" for kind in kinds if getattr(verified, kind))
    how = "versions and contents" if verified.contents else "versions"
    line = f"{verified.engine}: {verified.compared} entries compared by {how}, {verified.differed} differed"
    return f"{line} and were queued ({parts})" if parts else line


def _explain(options: dict[str, Any]) -> Result:
    """What the person finds, and why in this order."""
    person = Person.objects.filter(username=options["person"]).first()
    if person is None:
        raise CommandError(f"Nobody has the user name {options['person']}.", returncode=Exit.FAILED)
    found = search(SearchRequest(person=person, q=options["words"]), explain=True)
    facts = {
        "engine": found.engine,
        "count": found.count,
        "similar": found.similar,
        "promoted": [hit.entry.url for hit in found.promoted],
        "hits": [{"url": hit.entry.url} | asdict(why) for hit in found.hits if (why := hit.explanation)],
    }
    lines = [f"{found.engine}: {found.count} results" + (", of similar words only" if found.similar else "")]
    lines += [f"promoted: {hit.entry.title} ({hit.entry.url})" for hit in found.promoted]
    for number, hit in enumerate(found.hits, start=1):
        lines += [f"{number}. {hit.entry.title} ({hit.entry.url})"]
        lines += [f"   {hit.explanation}"] if hit.explanation else []
    return Result(facts, lines)


def _explain_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("words", help="what is sought, in one argument")
    parser.add_argument("--as", dest="person", required=True, metavar="USERNAME", help="who seeks it")


def _status_arguments(parser: ArgumentParser) -> None:
    engine_argument(parser)
    parser.add_argument("--check", action="store_true", help=f"exit code {Exit.NOT_WELL:d} if not all is well")


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("status", "what is indexed, what waits, what was refused", _status, _status_arguments),
        Verb("rebuild", "into a new index, which takes the old one's place when it is full", _rebuild, engine_argument),
        Verb("explain", "what somebody finds, and why in this order", _explain, _explain_arguments),
        Verb("verify", "compare every entry with the index, and repair", _verify, engine_argument),
    )
}
