"""Pages for tests, published through Wagtail's own actions, as its editor does."""

from __future__ import annotations

import io
import itertools
from typing import Any

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from PIL import Image as Pillow
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page, PageViewRestriction

from cms.models import ContentPage, NewsPage, SectionPage
from portal.catalogue.actions import put
from portal.catalogue.card import Card
from portal.catalogue.models import Entry
from portal.people.models import Location, Person

_numbers = itertools.count(1)


def page(
    parent: Page, title: str = "", *, kind: type[ContentPage] = NewsPage, publish: bool = True, **fields: Any
) -> Any:
    """A page below `parent`; `expression` and `topics` may be given like fields."""
    topics, expression = fields.pop("topics", ()), fields.pop("expression", None)
    made = kind(title=title or f"Page {next(_numbers)}", live=False, **fields)
    if expression is not None:
        made.expression = expression
    made.topics.add(*topics)
    parent.refresh_from_db()
    parent.add_child(instance=made)
    revision = made.save_revision()
    if publish:
        revision.publish()
    return kind.objects.get(pk=made.pk)


def section(parent: Page, title: str) -> SectionPage:
    parent.refresh_from_db()
    made = parent.add_child(instance=SectionPage(title=title))
    made.save_revision().publish()
    return SectionPage.objects.get(pk=made.pk)


def restrict(page: Page, *groups: Group, kind: str = PageViewRestriction.GROUPS) -> PageViewRestriction:
    """Page privacy, in the order in which Wagtail's view writes it."""
    restriction = PageViewRestriction(page=page, restriction_type=kind)
    restriction.save()
    restriction.groups.set(groups)
    return restriction


def comment(subject: Entry, text: str = "Well said") -> Entry:
    """Something attached to an entry; any model may be described, a location stands in for a plugin's row."""
    number = next(_numbers)
    row = Location.objects.create(name=f"Row {number}", slug=f"row-{number}")
    url = f"{subject.url}#comment-{row.pk}"
    return put(Card(kind="user", type="comment", obj=row, title=text, body=text, url=url, subject=subject))


def group(name: str, *people: Person) -> Group:
    made = Group.objects.create(name=name)
    made.user_set.add(*people)
    for person in people:
        person.refresh_from_db()
    return made


def picture_bytes(colour: str = "teal", size: tuple[int, int] = (1400, 800)) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def image(title: str = "Ward", *, uploader: Person | None = None) -> Image:
    stored = ContentFile(picture_bytes(), f"ward-{next(_numbers)}.png")
    return Image.objects.create(title=title, uploaded_by_user=uploader, file=stored)


def document(title: str = "Plan", *, uploader: Person | None = None) -> Document:
    stored = ContentFile(b"%PDF-1.4 plan", f"plan-{next(_numbers)}.pdf")
    return Document.objects.create(title=title, uploaded_by_user=uploader, file=stored)


def entry(page: Page) -> Entry:
    return Entry.objects.get(label="wagtailcore.page", key=str(page.pk))


def titles(person: Person) -> set[str]:
    """What the person may see, as sets of titles."""
    return set(Entry.objects.visible_to(person).values_list("title", flat=True))
