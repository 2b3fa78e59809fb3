"""What happens to the catalogue when pages change. Every function is one transaction and set-based.

receivers.py lists the triggers; views, commands and Wagtail itself never call the catalogue for pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from wagtail.images import get_image_model
from wagtail.models import Page

from cms.cards import list_image, page_card, page_cards
from cms.documents.actions import place
from cms.models import ContentPage
from cms.privacy import regions_below
from portal.catalogue import outbox, trees
from portal.catalogue.actions import entry_for, hide, put, put_many, remove_entries
from portal.catalogue.models import Entry, EntryFile

LABEL = "wagtailcore.page"
BATCH = 200
_together: ContextVar[set[str] | None] = ContextVar("restrictions_together", default=None)


@transaction.atomic
def publish_page(page: Page, *, acting_person: Any = None) -> None:
    """The page's text is what readers see from now on. Its first time is an activity; corrections are not."""
    if not isinstance(page, ContentPage):
        return
    before = entry_for(page)
    if before is None and not page.live:
        return  # scheduled: it enters the catalogue when it goes live
    card = page_card(page)
    entry = put(card, verb="publish" if before is None else None, actor=acting_person or card.author)
    place([entry])


def unpublish_page(page: Page) -> None:
    """Readers no longer see it, nor what is attached to it; both come back when it is published again."""
    hide(page)


@transaction.atomic
def restrict_below(*paths: str) -> None:
    """Page privacy changed at these places of the tree: audiences of all that is below follow."""
    together = _together.get()
    if together is not None:
        together.update(paths)
        return
    for path in paths:
        if not any(path != above and path.startswith(above) for above in paths):  # the topmost take the others along
            trees.restrict(regions_below(path))


@contextmanager
def restrictions_together() -> Iterator[None]:
    """What is written one after the other (a restriction, then its groups) reaches the catalogue once, at the end."""
    with transaction.atomic():
        paths: set[str] = set()
        token = _together.set(paths)
        try:
            yield
        finally:
            _together.reset(token)
        restrict_below(*paths)


@transaction.atomic
def move_page(page: Page, *, new_parent: Page, old_url_path: str) -> None:
    """A branch stands elsewhere, or its siblings were reordered, which shifts their places too."""
    trees.replant(entries_of(Page.objects.filter(path__startswith=new_parent.path)), _path_of_page())
    readdress_page(page, old_url_path=old_url_path)
    restrict_below(page.path)


def readdress_page(page: Page, *, old_url_path: str) -> None:
    """Its address, and the addresses below it, begin otherwise."""
    parts = page.get_url_parts()
    if parts is None or not parts[2]:
        return
    above = len(page.url_path) - len(parts[2])  # the site's own part of the path, which addresses do not show
    trees.readdress(page.path, old_url_path[above:], parts[2])


def remove_pages(pages: QuerySet[Page]) -> None:
    """The pages are being deleted: what is attached to them disappears with them, and so do their aliases."""
    remove_entries(entries_of(pages))
    for alias in Page.objects.filter(alias_of__in=pages.values("pk"), live=True).exclude(pk__in=pages.values("pk")):
        alias.unpublish(log_action=None)


def replace_file(*, old_path: str, new_path: str) -> None:
    """The file behind an image or a document changed: entries that show it refer to the new one."""
    if old_path and old_path != new_path:
        EntryFile.objects.filter(path=old_path).update(path=new_path)


@transaction.atomic
def renew_list_image(image_id: int, *, old_path: str) -> None:
    """The rendition that lists show is gone; a new one takes its place, or none if the image is gone too."""
    shown = list(EntryFile.objects.filter(path=old_path, entry__image=old_path).values_list("entry_id", flat=True))
    if not shown:
        return
    image = get_image_model().objects.filter(pk=image_id).first()
    new_path = list_image(image)
    files = EntryFile.objects.filter(path=old_path)
    if new_path:
        files.update(path=new_path)
    else:
        files.delete()
    Entry.objects.filter(pk__in=shown).update(image=new_path, version=F("version") + 1)
    outbox.send(shown, narrowed=False)


def entries_of(pages: QuerySet[Any]) -> QuerySet[Entry]:
    """The entries of the pages, whoever may see them; a subquery, not a list."""
    keys = pages.annotate(entry_key=Cast("pk", CharField())).values("entry_key")
    return Entry.objects.filter(label=LABEL, key__in=keys)


def _path_of_page() -> Subquery:
    page = Page.objects.filter(pk=Cast(OuterRef("key"), BigIntegerField()))
    return Subquery(page.values("path")[:1])


def reconcile() -> int:
    """Mends what a process that died between Wagtail's write and ours left, and what no signal tells.

    A batch of at most 200 pages each time; how many it mended.
    """
    entry = Entry.objects.filter(label=LABEL, key=Cast(OuterRef("pk"), CharField()))
    missing = ContentPage.objects.filter(live=True).exclude(Exists(entry.filter(state=Entry.State.LIVE)))
    pages = list(missing.specific()[:BATCH])
    if pages:
        place(put_many(page_cards(pages)))
    stale = Entry.objects.filter(label=LABEL, state=Entry.State.LIVE).exclude(
        Exists(ContentPage.objects.filter(pk=Cast(OuterRef("key"), BigIntegerField()), live=True))
    )
    keys = [int(key) for key in stale.values_list("key", flat=True)[:BATCH]]
    kept = {page.pk: page for page in ContentPage.objects.filter(pk__in=keys)}
    for page in kept.values():
        hide(page)
    gone = [str(key) for key in keys if key not in kept]
    if gone:
        remove_entries(Entry.objects.filter(label=LABEL, key__in=gone))
    return len(pages) + len(keys)
