"""A facility's opening hours above the results of a search, for who may read its page."""

from __future__ import annotations

import pytest

from cms.models import FacilityPage
from portal.audience import tokens
from portal.audience.expressions import any_of
from tests.cms import factories as make

PAGE = "/search/"


@pytest.fixture(autouse=True)
def _database(settings):
    settings.ELASTICSEARCH_URL = ""


def test_opening_hours_of_a_page_are_for_its_readers(tree, emergency, as_bob, as_charlie):
    hours = "6 to 8\n16 to 22"
    only = any_of(tokens.department(emergency))
    page = make.page(tree.facilities, "Staff gym", kind=FacilityPage, opening_hours=hours, expression=only)
    (answer,) = as_bob.get(PAGE, {"q": "gym opening hours"}).context["quick"]
    assert (answer.title, answer.value, answer.url) == ("Opening hours: Staff gym", hours, page.url)
    assert as_charlie.get(PAGE, {"q": "gym opening hours"}).context["quick"] == []
    page.unpublish()
    assert as_bob.get(PAGE, {"q": "gym opening hours"}).context["quick"] == []


def test_a_page_without_opening_hours_says_nothing(tree, as_bob):
    make.page(tree.facilities, "Staff gym", kind=FacilityPage)
    assert as_bob.get(PAGE, {"q": "gym open"}).context["quick"] == []


def test_a_place_is_sought_by_its_opening_hours_in_the_language_of_its_page(tree, as_bob):
    page = make.page(tree.facilities, "Kantine", kind=FacilityPage, opening_hours="8 bis 15 Uhr", language="de")
    make.page(tree.facilities, "Terrasse", kind=FacilityPage, language="de")
    found = as_bob.get(PAGE, {"q": "öffnungszeiten"}).context["result"].hits
    assert [hit.entry.url for hit in found] == [page.url]
