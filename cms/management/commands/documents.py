"""`manage.py documents status|extract`: what is known of the texts of documents, and reading them now."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count

from cms.documents import actions
from cms.documents.extracting import extract_next
from cms.documents.models import DocumentText

LISTED = 1000  # failed documents


class Command(BaseCommand):
    help = "Tells what is known of the texts of documents, or reads those that wait; the worker does so by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["status", "extract"])
        parser.add_argument("--document", type=int, metavar="ID", help="extract: this one, whatever came of it before")
        parser.add_argument("--again", action="store_true", help="extract: those that gave no text, too")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        self._json = options["json"]
        if what == "status":
            self._status()
        else:
            self._extract(options["document"], options["again"])

    def _status(self) -> None:
        states = dict.fromkeys(DocumentText.State.values, 0)
        states |= dict(DocumentText.objects.order_by().values_list("state").annotate(Count("pk")))
        failed = DocumentText.objects.filter(state=DocumentText.State.FAILED).select_related("document").defer("text")
        if self._json:
            listed = [
                {"id": t.document_id, "title": t.document.title, "reason": t.reason, "detail": t.detail}
                for t in failed.order_by("document")[:LISTED]
            ]
            self.stdout.write(json.dumps({"states": states, "failed": listed}, indent=2))
            return
        self.stdout.write(", ".join(f"{number} {state}" for state, number in states.items()))
        for text in failed.order_by("document")[:LISTED]:
            self.stdout.write(f"{text.document_id} {text.document.title}: {text.note} ({text.detail})")

    def _extract(self, document: int | None, again: bool) -> None:
        chosen = DocumentText.objects.none()
        if document is not None:
            chosen = DocumentText.objects.filter(document=document)
            if not chosen.exists():
                raise CommandError(f"There is no document {document}, or the worker has not seen it yet.")
        elif again:
            chosen = DocumentText.objects.filter(state=DocumentText.State.FAILED)
        for text in chosen.select_related("document").defer("text"):
            actions.extract_again(text, acting_person=None)
        number = 0
        while extract_next():
            number += 1
        self.stdout.write(json.dumps({"read": number}) if self._json else f"{number} read")
