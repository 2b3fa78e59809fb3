from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.host import rules
from portal.host.registry import registry
from tests import factories

PAGES = ["/", "/people/", "/people/bob/", "/departments/", "/departments/merekaar-hospitals/emergency/", "/styleguide/"]


@pytest.fixture
def private(emergency, alice):
    return factories.entry(
        title="Only for Emergency",
        summary="Only for Emergency",
        author=alice,
        department=emergency,
        audience=any_of(tokens.department(emergency)),
        topics=("secret",),
    )


@pytest.mark.parametrize("address", PAGES)
def test_nothing_without_log_in(bob, client, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_and_closes_to_other_origins(as_bob, address):
    response = as_bob.get(address)
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert b"<script>" not in response.content


def test_outsiders_find_no_trace(as_bob, as_charlie, private):
    for address in ("/", "/people/alice/", "/departments/merekaar-hospitals/emergency/", "/topics/secret/"):
        assert private.title.encode() in as_bob.get(address).content
        hidden = as_charlie.get(address)
        assert private.title.encode() not in hidden.content
        assert hidden.status_code == (404 if "topics" in address else 200)


def test_stored_script_is_inert(as_bob, organisation, bob):
    script = "<script>alert(1)</script>"
    bob.job_title = script
    bob.save()
    factories.entry(title=script, summary=script, topics=(script,), author=bob)
    for address in ("/", "/people/", "/people/bob/"):
        content = as_bob.get(address).content.decode()
        assert script not in content
        assert escape(script) in content


def test_a_story_is_shown_once_in_the_readers_language(as_bob, bob, organisation):
    for language, title in (("en", "Winter plan"), ("sv", "Vinterplan"), ("et", "Talveplaan")):
        factories.entry(kind="managed", type="news", title=title, language=language, translation_key="winter")
    assert [entry.title for entry in as_bob.get("/").context["stories"]] == ["Winter plan"]
    bob.language = "sv"
    bob.save()
    assert [entry.title for entry in as_bob.get("/").context["stories"]] == ["Vinterplan"]


def test_old_news_is_no_story(as_bob, organisation):
    factories.entry(kind="managed", type="news", published_at=timezone.now() - timedelta(days=20))
    assert as_bob.get("/").context["stories"] == []


def test_the_pages_speak_the_persons_language(as_bob, bob):
    bob.language = "de"
    bob.save()
    assert b'<html lang="de"' in as_bob.get("/").content


def test_the_reader_chooses_the_language_and_it_stays_chosen(as_bob, bob):
    assert as_bob.post("/accounts/language/", {"language": "sv", "next": "/people/"}).headers["Location"] == "/people/"
    assert b'<html lang="sv"' in as_bob.get("/").content
    as_bob.post("/accounts/language/", {"language": "xx"})
    bob.refresh_from_db()
    assert bob.language == "sv"
    assert as_bob.get("/accounts/language/").status_code == 405


def test_a_password_is_changed_by_whoever_knows_it(bob):
    bob.set_password("a very long password")
    bob.save()
    client = Client()
    client.force_login(bob)
    assert client.get("/accounts/password/").status_code == 200
    given = {
        "old_password": "wrong",
        "new_password1": "another long password",
        "new_password2": "another long password",
    }
    assert client.post("/accounts/password/", given).status_code == 200
    bob.refresh_from_db()
    assert bob.check_password("a very long password")
    changed = client.post("/accounts/password/", given | {"old_password": "a very long password"}, follow=True)
    assert changed.redirect_chain == [("/accounts/password/done/", 302)]
    bob.refresh_from_db()
    assert bob.check_password("another long password")


def test_a_plugin_that_breaks_costs_its_own_place(as_bob, organisation, monkeypatch, caplog):
    def broken(request, *args):
        raise RuntimeError("rubbish")

    for plugin in registry.active():
        monkeypatch.setattr(plugin.contributions, "slots", {"timeline.above": broken, "briefing": broken})
    assert as_bob.get("/").status_code == 200
    assert "failed in slot timeline.above" in caplog.text


def test_a_plugin_that_is_off_is_refused_with_the_promise_that_all_is_kept(as_bob, emergency):
    assert as_bob.get("/app/microblog/").status_code == 200
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    page = as_bob.get("/app/microblog/", headers={"Accept": "text/html"})
    assert page.status_code == 403
    assert b"kept" in page.content
    for method in ("get", "post", "head", "options", "put", "delete"):  # A43
        assert getattr(as_bob, method)("/app/microblog/").status_code == 403
    assert "/app/microblog/" not in as_bob.get("/").content.decode()


def test_what_is_not_there_and_what_is_not_for_the_reader_look_the_same(as_charlie):
    page = as_charlie.get("/no/such/place/", headers={"Accept": "text/html"})
    assert page.status_code == 404
    problem = as_charlie.get("/no/such/place/", headers={"Accept": "application/json"})
    assert problem.headers["Content-Type"] == "application/problem+json"


def test_a37_log_in_leads_to_no_other_site(bob):
    bob.set_password("a very long password")
    bob.save()
    for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
        response = Client().post(
            f"/accounts/login/?next={target}", {"username": "bob", "password": "a very long password"}
        )
        assert response.headers["Location"] == "/"


@pytest.mark.parametrize("address", ["/", "/people/", "/departments/"])
def test_a_page_costs_the_same_for_few_and_many(as_bob, emergency, settings, address):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for more in (4, 16):
        for _number in range(more):
            factories.entry(author=factories.person(departments=[emergency]), department=emergency)
            factories.department(parent=emergency)
        as_bob.get(address)
        with CaptureQueriesContext(connection) as queries:
            as_bob.get(address)
        # Savepoints exist only because a test runs in a transaction.
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in queries))
    assert counts[0] == counts[1] <= 16


def test_health_is_told_to_whoever_asks(db, client):
    assert client.get("/livez").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ok"
