"""What the side column of each page type says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.audience.describe import describe
from portal.templatetags.portal import when

if TYPE_CHECKING:
    from cms.models import ContentPage, FacilityPage, NewsPage, ProcessPage
    from portal.people.models import Person

Facts = list[dict[str, Any]]


def _facts(*pairs: tuple[str, Any]) -> Facts:
    return [{"label": label, "value": value} for label, value in pairs if value]


def _person(person: Person | None) -> str:
    return format_html('<a href="{}">{}</a>', person.get_absolute_url(), person.display_name) if person else ""


def _kept(page: ContentPage) -> list[tuple[str, Any]]:
    return [
        (_("Kept by"), _person(page.keeper)),
        (_("Successor"), _person(page.successor)),
        (_("Review"), when(page.review_on)),
        (_("For"), capfirst(describe(page.expression))),
    ]


def news_facts(page: NewsPage) -> Facts:
    return _facts(*_kept(page))


def process_facts(page: ProcessPage) -> Facts:
    return _facts((_("Code"), page.code), *_kept(page))


def facility_facts(page: FacilityPage) -> Facts:
    hours = mark_safe("<br>".join(conditional_escape(line) for line in page.opening_hours.splitlines()))  # noqa: S308
    phone = format_html('<a href="tel:{}">{}</a>', "".join(page.phone.split()), page.phone) if page.phone else ""
    where = [page.place, page.location.name if page.location else ""]
    return _facts(
        (_("Where"), ", ".join(part for part in where if part)),
        (_("Open"), hours),
        (_("Phone"), phone),
        *_kept(page),
    )
