from __future__ import annotations

import pytest

from plugins.expertise.actions import declare_skills
from plugins.expertise.models import Expertise
from plugins.expertise.slots import profile
from plugins.expertise.tests.written import write
from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.host import rules

API = "/api/v1/expertise/"


def test_the_page_says_who_knows_and_how_that_is_known_without_scores(as_alice, bob, emergency):
    declare_skills(["sepsis"], acting_person=bob)
    write(bob, emergency, "Sepsis: the first hour", kind="managed", type="process", url="/sepsis/")
    html = as_alice.get("/app/expertise/", {"q": "sepsis"}).content.decode()
    assert "Bob Berg" in html
    assert "Says so in the profile" in html
    assert 'Owns the page <a href="/sepsis/">Sepsis: the first hour</a>' in html
    assert 'aria-label="Evidence 3 of 5"' in html
    assert "3.0" not in html


def test_the_empty_form_and_nobody_found(as_alice):
    assert "Nobody found" not in as_alice.get("/app/expertise/").content.decode()
    assert "Nobody found" in as_alice.get("/app/expertise/", {"q": "sepsis"}).content.decode()


@pytest.mark.parametrize("question", ['"', "\x00", "x" * 5000, "<script>alert(1)</script>", "\u202e"])
def test_odd_questions_are_no_server_error(question, as_alice):  # A39
    for address in ("/app/expertise/", API):
        answer = as_alice.get(address, {"q": question})
        assert answer.status_code in (200, 400)
        assert "<script>alert" not in answer.content.decode()


def test_the_api_gives_people_score_and_evidence(as_alice, bob, emergency):
    declare_skills(["sepsis"], acting_person=bob)
    write(bob, emergency, "Sepsis today", url="/app/x/1/")
    body = as_alice.get(API, {"q": "sepsis"}).json()
    assert (body["count"], body["count_exact"], body["next"]) == (1, True, None)
    (result,) = body["results"]
    assert (result["person"]["username"], result["person"]["name"]) == ("bob", "Bob Berg")
    assert result["score"] == pytest.approx(2.5, abs=0.01)
    assert [(e["kind"], e["url"]) for e in result["evidence"]] == [("skill", None), ("post", "/app/x/1/")]
    assert result["department"] == emergency.url_path


def test_the_api_tells_outsiders_nothing(as_charlie, alice, emergency):  # A5, A6
    write(alice, emergency, "Sepsis bundle")
    write(alice, emergency, "Sepsis, between us", audience=any_of(tokens.person(alice)))
    answer = as_charlie.get(API, {"q": "sepsis"})
    assert answer.json()["count"] == 0
    assert b"alice" not in answer.content


def test_asking_nothing_is_400(as_alice):
    assert as_alice.get(API).status_code == 400


def test_one_changes_ones_own_skills_only(as_bob, bob, alice):  # A22
    as_bob.post("/app/expertise/me/", {"skills": "sepsis, hand hygiene\nrosters", "person": alice.pk})
    assert sorted(Expertise.objects.get(person=bob).skills.names()) == ["hand hygiene", "rosters", "sepsis"]
    assert not Expertise.objects.filter(person=alice).exists()
    answer = as_bob.put(f"{API}me/", {"skills": ["triage"], "person": alice.pk}, content_type="application/json")
    assert answer.json() == {"skills": ["triage"]}
    assert not Expertise.objects.filter(person=alice).exists()


def test_skills_can_be_emptied(as_bob, bob):
    declare_skills(["sepsis"], acting_person=bob)
    assert "sepsis" in as_bob.get("/app/expertise/me/").content.decode()
    as_bob.post("/app/expertise/me/", {"skills": ""})
    assert not Expertise.objects.get(person=bob).declared.exists()


def test_a_skill_that_is_too_long_is_refused_with_the_reason(as_bob):
    answer = as_bob.post("/app/expertise/me/", {"skills": "x" * 61})
    assert "is too long" in answer.content.decode()


def test_a_profile_shows_only_evidence_that_the_reader_may_see(rf, alice, bob, charlie, emergency):
    declare_skills(["sepsis"], acting_person=bob)
    write(bob, emergency, "About it", topics=("sepsis",))
    html = {}
    for reader in (alice, charlie):
        request = rf.get("/")
        request.user = reader
        html[reader] = profile(request, bob)
    assert "Wrote 1 post" in html[alice]
    assert "sepsis" in html[charlie]
    assert "Wrote" not in html[charlie]
    assert "/app/expertise/me/" not in html[alice]


def test_ones_own_profile_leads_to_the_form(as_bob, bob):
    assert "/app/expertise/me/" in as_bob.get(bob.get_absolute_url()).content.decode()


def test_names_of_topics_stay_text(as_alice, bob):  # A26
    declare_skills(["<script>alert(1)</script>"], acting_person=bob)
    assert "<script>alert" not in as_alice.get(bob.get_absolute_url()).content.decode()


def test_off_is_403(as_bob, emergency):
    rules.set_rule("expertise", emergency, rules.OFF, acting_person=None)
    for address in ("/app/expertise/", "/app/expertise/me/", API, f"{API}me/"):
        assert as_bob.get(address).status_code == 403
