"""`manage.py ingest`: sources from the command line, for operators and for scripts (--json)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.ingestion import actions, adapters, lifecycle, withdrawing
from portal.ingestion.adapter import UnreadablePayload
from portal.ingestion.fetch import FetchError
from portal.ingestion.fixing import fix_rejected, whole
from portal.ingestion.inbox import open_body, receive
from portal.ingestion.models import Delivery, RejectedItem, Run, Source, WriteBack
from portal.ingestion.options import add_configuration, add_file, delivery_of, department_at, fields_of, source_of
from portal.ingestion.preview import preview
from portal.ingestion.pull import fetch_source, pull
from portal.ingestion.reports import delivery_facts, failed_write_backs, history, rejected_items, source_facts
from portal.ingestion.runner import may_run, run
from portal.ingestion.transports.address import warning
from portal.ingestion.write_back import retry


class Command(BaseCommand):
    help = "Sources of automated content: what other applications deliver."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.set_defaults(json=False)
        verbs = parser.add_subparsers(dest="verb", required=True)
        self._verb(verbs, "list", "all sources", source=False)
        add = self._verb(verbs, "add", "add a source; prints its push secret, once")
        add.add_argument("--adapter", required=True, help="such as " + ", ".join(sorted(adapters.every())))
        add_configuration(add)
        add_configuration(self._verb(verbs, "set", "change a source"))
        add_file(self._verb(verbs, "run", "fetch and apply now"))
        add_file(self._verb(verbs, "test", "fetch and show what would change; writes nothing"))
        history = self._verb(verbs, "history", "its runs, newest first")
        history.add_argument("--limit", type=int, default=20, metavar="NUMBER")
        self._verb(verbs, "held", "deliveries that wait for confirmation, and why")
        for name, text in (("confirm", "apply a held delivery as it is"), ("discard", "never apply a held delivery")):
            self._verb(verbs, name, text).add_argument("receipt", nargs="?", default="", help="if several are held")
        self._verb(verbs, "receipt", "what became of a delivery").add_argument("receipt")
        rejected = self._verb(verbs, "rejected", "items that could not be used, and why")
        rejected.add_argument("number", nargs="?", type=int, help="the id of one: all of it, as it was delivered")
        fix = self._verb(verbs, "fix", "put a rejected item right and apply it")
        fix.add_argument("number", type=int, help="its id in `ingest rejected`")
        mended = fix.add_mutually_exclusive_group(required=True)
        mended.add_argument("raw", nargs="?", help='what should have been delivered; "-" reads it from standard input')
        mended.add_argument("--file", metavar="PATH", help="take it from this file, in UTF-8")
        self._verb(verbs, "replay", "try failed deliveries and rejected items again")
        back = self._verb(verbs, "write-backs", "what people did here and the source did not take")
        back.add_argument("--retry", action="store_true", help="try them again")
        self._verb(verbs, "drop", "give up on the rejected items")
        self._verb(verbs, "pause", "neither pull nor apply; what is sent is kept")
        self._verb(verbs, "resume", "go on")
        self._verb(verbs, "delete", "a source that nothing hangs on, with its history")
        withdrawn = self._verb(verbs, "withdraw", "take back everything from a source, and pause it")
        withdrawn.add_argument("--yes", action="store_true", help="do it; without, only what it would take is told")
        secret = self._verb(verbs, "secret", "the push secrets")
        change = secret.add_mutually_exclusive_group(required=True)
        change.add_argument("--rotate", action="store_true", help="a new one; the one before stays valid")
        change.add_argument("--reset", action="store_true", help="a new one; all others are invalid at once")

    def _verb(self, verbs: Any, name: str, help_text: str, *, source: bool = True) -> ArgumentParser:
        parser: ArgumentParser = verbs.add_parser(name, help=help_text)
        if source:
            parser.add_argument("slug", help="the source")
        parser.add_argument("--json", action="store_true", help="for programs")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = getattr(self, f"_{options['verb'].replace('-', '_')}")(options)
        except ValidationError as error:
            raise CommandError(_in_words(error)) from error
        except (adapters.NoSuchAdapter, FetchError, UnreadablePayload) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2, default=str))
        elif isinstance(result, str):
            self.stdout.write(result)
        else:
            self._print(result)

    def _print(self, result: Any) -> None:
        for line in result if isinstance(result, list) else [result]:
            shown = (f"{name} {value}" for name, value in line.items() if value not in ("", None, [], {}))
            self.stdout.write(" · ".join(shown))

    def _list(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return source_facts(Source.objects.all())

    def _add(self, options: dict[str, Any]) -> dict[str, Any]:
        fields = fields_of(options)
        source = actions.create_source(
            options["slug"],
            adapter=options["adapter"],
            name=fields.pop("name", options["slug"]),
            department=fields.pop("department", None) or department_at(""),
            acting_person=None,
            **fields,
        )
        added = {"slug": source.slug, "secret": source.secrets[0], "webhook": f"/ingest/{source.slug}/"}
        return added | _warned(source)

    def _set(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        fields = fields_of(options)
        for name in ("settings", "transport"):
            if name in fields:
                fields[name] = {**getattr(source, name), **fields[name]}
        actions.update_source(source, acting_person=None, **fields)
        return source_facts(Source.objects.filter(pk=source.pk))[0] | _warned(source)

    def _run(self, options: dict[str, Any]) -> dict[str, Any]:
        """Fetches, or takes the file, and applies it and what else waits for this source."""
        source = source_of(options)
        delivery = self._delivered(source, options)
        done = _apply_waiting(source)
        delivery.refresh_from_db()
        if delivery.state == Delivery.State.WAITING and not may_run(source):
            return {
                "slug": source.slug,
                "state": "waiting",
                "reason": "kept until the source or its plugin is on",
            }
        counts: dict[str, int] = next((one.counts for one in reversed(done) if one.delivery_id == delivery.pk), {})
        if delivery.error and delivery.state != Delivery.State.IGNORED:
            raise CommandError(f"{source.slug}: {delivery.error}")
        return {"slug": source.slug, "state": delivery.state, **counts, "error": delivery.error}

    def _delivered(self, source: Source, options: dict[str, Any]) -> Delivery:
        if options["file"]:
            with _open(options["file"]) as file:
                return receive(source, file, timezone.now(), Delivery.Kind.PULL)
        if not source.pull_from:
            raise CommandError(f"Nothing is pulled from {source.slug}; give --file.")
        delivery = pull(source, unconditionally=True)
        if delivery is None:
            raise CommandError(f"There is no new file in {source.pull_from}.")
        return delivery

    def _test(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        with _payload(source, options["file"]) as payload:
            return {"slug": source.slug, **asdict(preview(source, payload))}

    def _history(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return history(source_of(options), limit=max(options["limit"], 0))

    def _held(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return delivery_facts(source_of(options).deliveries.held())

    def _confirm(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        delivery = delivery_of(source, options, held=True)
        actions.confirm_delivery(delivery, acting_person=None)
        _apply_waiting(source)
        return delivery_facts(source.deliveries.filter(pk=delivery.pk))[0]

    def _discard(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        delivery = delivery_of(source, options, held=True)
        actions.discard_delivery(delivery, acting_person=None)
        return delivery_facts(source.deliveries.filter(pk=delivery.pk))[0]

    def _receipt(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        return delivery_facts(source.deliveries.filter(pk=delivery_of(source, options).pk))[0]

    def _rejected(self, options: dict[str, Any]) -> list[dict[str, Any]] | str:
        """All of them; or one as it was delivered, to be edited and given to `ingest fix`."""
        source = source_of(options)
        return rejected_items(source) if options["number"] is None else whole(_item(source, options["number"]))

    def _fix(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        item = _item(source, options["number"])
        return {"slug": source.slug, "said": fix_rejected(item, _mended(options), acting_person=None)}

    def _replay(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        count = actions.replay(source, acting_person=None)
        _apply_waiting(source)
        return {"slug": source.slug, "deliveries": count, "still_rejected": len(rejected_items(source))}

    def _write_backs(self, options: dict[str, Any]) -> Any:
        source = source_of(options)
        if not options["retry"]:
            return failed_write_backs(source)
        failed = source.write_backs.filter(state=WriteBack.State.FAILED)
        return {"slug": source.slug, "retried": len([retry(one, acting_person=None) for one in failed])}

    def _drop(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        dropped = actions.drop_rejected(source.rejected_items.all(), source=source, acting_person=None)
        return {"slug": source.slug, "dropped": dropped}

    def _delete(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        lifecycle.delete_source(source, acting_person=None)
        return {"slug": source.slug, "deleted": True}

    def _withdraw(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        found = withdrawing.withdraw(source, acting_person=None) if options["yes"] else withdrawing.look(source)
        return {"slug": source.slug, "withdrawn": options["yes"], **found.facts()}

    def _pause(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        actions.pause_source(source, acting_person=None)
        return {"slug": source.slug, "paused": True}

    def _resume(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        actions.resume_source(source, acting_person=None)
        return {"slug": source.slug, "paused": False}

    def _secret(self, options: dict[str, Any]) -> dict[str, Any]:
        source = source_of(options)
        change = actions.rotate_secret if options["rotate"] else actions.reset_secret
        return {"slug": source.slug, "secret": change(source, acting_person=None)}


def _item(source: Source, number: int) -> RejectedItem:
    item = source.rejected_items.select_related("source", "run__delivery").filter(pk=number).first()
    if item is None:
        raise CommandError(f"There is no rejected item {number}; see `ingest rejected {source.slug}`.")
    return item


def _mended(options: dict[str, Any]) -> str:
    if options["raw"] not in (None, "-"):
        return str(options["raw"])
    try:
        if options["raw"] == "-":
            return sys.stdin.read()
        with _open(options["file"]) as file:
            return file.read().decode("utf-8-sig")
    except UnicodeError:
        raise CommandError("What was given is not text in UTF-8; save it as UTF-8.") from None


def _warned(source: Source) -> dict[str, Any]:
    text = warning(source.pull_from)
    return {"warning": text} if text else {}


def _open(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error


def _payload(source: Source, path: str | None) -> BinaryIO:
    """What a run would read now; of a source that is only sent to, its newest delivery."""
    if path:
        return _open(path)
    if source.pull_from:
        body = fetch_source(source, conditionally=False).body
        assert body is not None
        return body
    newest = source.deliveries.filter(chunks__number=0).in_order().last()
    if newest is None:
        raise CommandError(f"{source.slug} has not delivered yet; give --file.")
    return open_body(newest)


def _apply_waiting(source: Source) -> list[Run]:
    done = [run(delivery, trigger=Run.Trigger.COMMAND) for delivery in source.deliveries.waiting().in_order()]
    return [one for one in done if one is not None]


def _in_words(error: ValidationError) -> str:
    if hasattr(error, "error_dict"):
        return "; ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
    return " ".join(error.messages)
