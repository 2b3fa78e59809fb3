"""Which page was begun about a phrase, so that nobody begins a second one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Page

from portal.audit import record
from search.seeking.conf import RIGHT
from search.seeking.models import PageAbout
from search.seeking.phrases import normalised

if TYPE_CHECKING:
    from portal.people.models import Person


@transaction.atomic
def note_page(phrase: str, language: str, page: Page, *, acting_person: Person | None) -> PageAbout | None:
    """Remembers the page for the phrase; the newest one counts. None for what is no phrase of the report.

    Raises PermissionDenied.
    """
    if acting_person is not None and not acting_person.has_perm(RIGHT):
        raise PermissionDenied(_("Only those who may see what people seek may do this."))
    if not phrase or normalised(phrase) != phrase:
        return None
    about, _created = PageAbout.objects.update_or_create(phrase=phrase, language=language[:10], defaults={"page": page})
    record("search.page", about, acting_person=acting_person, data={"page": page.pk})
    return about


def pages_about(phrases: Iterable[str]) -> dict[tuple[str, str], Page]:
    """By phrase and language; one query."""
    found = PageAbout.objects.filter(phrase__in=set(phrases)).select_related("page")
    return {(about.phrase, about.language): about.page for about in found}
