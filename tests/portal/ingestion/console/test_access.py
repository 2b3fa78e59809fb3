"""The pages of sources are central IT's alone."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.ingestion.console.urls import urlpatterns
from portal.ingestion.models import RejectedItem, Source
from portal.testing.adapters import deliver
from tests.portal.ingestion.console.conftest import BAD, GOOD, HEAD, text

SECRET = "the task list"


@pytest.fixture
def addresses(tasks):
    """Every address of the console, of a source with something on each page."""
    run = deliver(tasks, HEAD + GOOD + BAD)
    named = {
        "slug": tasks.slug,
        "adapter": "tasks.csv",
        "receipt": run.delivery.receipt,
        "pk": RejectedItem.objects.get().pk,
    }
    from django.urls import reverse

    found = {}
    for pattern in urlpatterns:
        wanted = {name: named[name] for name in pattern.pattern.converters}
        found[pattern.name] = reverse(pattern.name, kwargs=wanted)
    return found


def test_every_page_opens_for_central_it(addresses, as_ida):
    posts = {"source_run", "source_pause", "source_resume", "source_replay", "source_confirm", "source_discard"}
    for name, address in addresses.items():
        assert as_ida.get(address).status_code == (405 if name in posts else 200), name


@pytest.mark.parametrize("verb", ["get", "post"])
def test_nobody_else_gets_anything(addresses, verb, as_editor, as_bob, as_lena, client, tasks):
    before = Source.objects.values().get()
    for name, address in addresses.items():
        for who, expected in ((client, {302}), (as_bob, {302, 403}), (as_lena, {403, 405}), (as_editor, {403, 405})):
            answer = getattr(who, verb)(address, {"sure": "1", "change": "reset", "drop": "1", "all": "1", "raw": "x"})
            assert answer.status_code in expected, (name, answer.status_code)
            assert SECRET not in text(answer), name
            assert tasks.secrets[0] not in text(answer)
    assert Source.objects.values().get() == before
    assert RejectedItem.objects.filter(state="open").count() == 1


def test_what_is_sent_needs_the_token_of_the_form(addresses, ida):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ida)
    for name, address in addresses.items():
        if name not in {"sources", "source_choose", "source_page", "source_history", "source_deliveries"}:
            assert strict.post(address, {"sure": "1"}).status_code in {403, 405}, name


def test_the_menu_names_sources_to_central_it_only(tasks, as_ida, as_editor):
    assert "/admin/sources/" in text(as_ida.get("/admin/"))
    assert "/admin/sources/" not in text(as_editor.get("/admin/"))


def test_a_source_that_is_not_there_is_not_found(as_ida, tasks):
    assert as_ida.get("/admin/sources/source/nothing/").status_code == 404
    assert as_ida.get("/admin/sources/add/nothing.csv/").status_code == 404
    assert as_ida.get(f"/admin/sources/source/{tasks.slug}/rejected/99/").status_code == 404
