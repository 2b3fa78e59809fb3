"""What happens to texts and entries of documents. Every function is one transaction.

cms/receivers.py and cms/documents/receivers.py list the triggers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from wagtail.documents import get_document_model
from wagtail.permissions import policy_registry

from cms.documents.cards import LABEL, document_cards
from cms.documents.models import DocumentText, ShownDocument
from cms.documents.privacy import privacy_of_collections
from portal import audit
from portal.catalogue import chains
from portal.catalogue.actions import put_many, remove_entries
from portal.catalogue.models import Entry, EntryFile

BATCH = 50  # documents written at once: each may have 300,000 characters


@transaction.atomic
def place(page_entries: Sequence[Entry]) -> None:
    """These pages show the documents that their files are of: each gets an entry attached to the page's."""
    rows = list(ShownDocument.objects.filter(page_entry__in=[entry.pk for entry in page_entries]))
    known = {(row.page_entry_id, row.document_id): row.pk for row in rows}
    wanted = _shown_by(page_entries)
    if gone := [pk for pair, pk in known.items() if pair not in wanted]:
        _withdraw(ShownDocument.objects.filter(pk__in=gone))
    new = [ShownDocument(page_entry_id=entry, document_id=pk) for entry, pk in sorted(wanted - set(known))]
    if new:
        ShownDocument.objects.bulk_create(new, ignore_conflicts=True)
    if wanted:
        _write(_changed(ShownDocument.objects.filter(page_entry__in={entry for entry, _document in wanted})))


def _shown_by(page_entries: Sequence[Entry]) -> set[tuple[int, int]]:
    """(entry, document) pairs, by the files that the entries show."""
    files = list(EntryFile.objects.filter(entry__in=page_entries).values_list("entry_id", "path"))
    if not files:
        return set()
    documents = get_document_model().objects.filter(file__in={path for _entry, path in files})
    by_path: dict[str, list[int]] = {}
    for path, pk in documents.values_list("file", "pk"):
        by_path.setdefault(path, []).append(pk)
    return {(entry, pk) for entry, path in files for pk in by_path.get(path, ())}


def _rows(shown: QuerySet[ShownDocument]) -> QuerySet[ShownDocument]:
    found = shown.select_related("document", "page_entry__author", "page_entry__gate")
    return found.defer("page_entry__body").order_by("pk")


def _changed(shown: QuerySet[ShownDocument]) -> QuerySet[ShownDocument]:
    """Those whose cards say something else than their entries: long texts are not indexed anew for nothing."""
    rows = list(_rows(shown))
    held = Entry.objects.filter(label=LABEL, key__in=[str(row.pk) for row in rows])
    said = {
        key: rest for key, *rest in held.values_list("key", "state", "title", "url", "author", "language", "stale_from")
    }
    changed = [row.pk for row in rows if said.get(str(row.pk)) != _says(row)]
    return shown.filter(pk__in=changed)


def _says(row: ShownDocument) -> list[Any]:
    document, page = row.document, row.page_entry
    return [Entry.State.LIVE, document.title, document.file.url, page.author_id, page.language, page.stale_from]


def _write(shown: QuerySet[ShownDocument]) -> None:
    """Entries as their cards say now, a batch at a time."""
    known = list(shown.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(known), BATCH):
        put_many(document_cards(list(_rows(ShownDocument.objects.filter(pk__in=known[start : start + BATCH])))))


def _withdraw(shown: QuerySet[ShownDocument]) -> None:
    keys = [str(pk) for pk in shown.values_list("pk", flat=True)]
    if keys:
        remove_entries(Entry.objects.filter(label=LABEL, key__in=keys))
        shown.delete()


@transaction.atomic
def save_document(document: Any, *, old_path: str) -> None:
    """A document was uploaded or changed: its entries say what it says now, and a new file's text is wanted."""
    path = document.file.name
    text, made = DocumentText.objects.get_or_create(document=document, defaults={"path": path})
    if not made and path != text.path:
        want_text(DocumentText.objects.filter(pk=text.pk), path=path)
    if old_path:
        _write(ShownDocument.objects.filter(document=document))


def want_text(texts: QuerySet[DocumentText], **fields: Any) -> int:
    """The worker reads them (again)."""
    waiting = {"state": DocumentText.State.WAITING, "attempts": 0, "not_before": None, "reason": "", "detail": ""}
    return texts.update(**waiting, **fields)


@transaction.atomic
def extract_again(text: DocumentText, *, acting_person: Any) -> None:
    """Reads a document anew, whatever came of it before. Raises PermissionDenied for who may not change it."""
    if acting_person is not None and not may_change(acting_person, text.document):
        raise PermissionDenied
    want_text(DocumentText.objects.filter(pk=text.pk), digest="")
    audit.record("document.extract", text.document, acting_person=acting_person)


def may_change(person: Any, document: Any) -> bool:
    return bool(policy_registry.get(document).user_has_permission_for_instance(person, "change", document))


@transaction.atomic
def store_text(text: DocumentText, found: dict[str, Any]) -> bool:
    """What the worker found, unless the file was replaced meanwhile: then it stays waiting, and this is False."""
    mine = DocumentText.objects.filter(pk=text.pk, path=text.path, not_before=text.not_before, state=text.state)
    if not mine.update(**{"not_before": None, **found}):
        return False
    _write(ShownDocument.objects.filter(document=text.document_id))
    return True


@transaction.atomic
def remove_document(document: Any) -> None:
    """It is being deleted: its entries disappear everywhere."""
    _withdraw(ShownDocument.objects.filter(document=document))


@transaction.atomic
def follow_collections(ids: Iterable[int]) -> None:
    """Privacy of collections changed, or their place: the entries of all their documents follow, set-based."""
    privacy = privacy_of_collections(ids)
    for expression in set(privacy.values()):
        inside = [pk for pk, one in privacy.items() if one == expression]
        shown = ShownDocument.objects.filter(document__collection__in=inside)
        keys = shown.annotate(entry_key=Cast("pk", CharField())).values("entry_key")
        chains.target(Entry.objects.filter(label=LABEL, key__in=keys), expression)


def reconcile() -> int:
    """Mends what no signal told: documents and pages from before this was known, rows written by hand.

    A batch each time; how much it mended.
    """
    known = DocumentText.objects.filter(document=OuterRef("pk"))
    new = get_document_model().objects.exclude(Exists(known)).values_list("pk", "file")[:BATCH]
    rows = [DocumentText(document_id=pk, path=path) for pk, path in new]
    DocumentText.objects.bulk_create(rows, ignore_conflicts=True)
    if entries := list(_unplaced()[:BATCH]):
        place(entries)
    return len(rows) + len(entries)


def _unplaced() -> QuerySet[Entry]:
    """Live pages that show a document without an entry of its own there."""
    placed = ShownDocument.objects.filter(page_entry=OuterRef(OuterRef("entry")), document=OuterRef("pk"))
    unplaced = get_document_model().objects.filter(file=OuterRef("path")).exclude(Exists(placed))
    files = EntryFile.objects.filter(Exists(unplaced), entry__label="wagtailcore.page", entry__state="live")
    return Entry.objects.filter(pk__in=files.values("entry")).defer("body").order_by("pk")
