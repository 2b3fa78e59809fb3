from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from plugins.expertise.actions import declare_skills
from plugins.expertise.finder import find_people, known_by, topic_of
from plugins.expertise.tests.written import write
from portal.audience import tokens
from portal.audience.expressions import EVERYONE, any_of
from portal.host import rules
from portal.people.actions import add_membership, deactivate_person
from tests import factories


def names(person, question="sepsis"):
    return [finding.person.username for finding in find_people(person, question).people]


def texts(person, question="sepsis"):
    return [piece.text for finding in find_people(person, question).people for piece in finding.known.evidence]


def test_declared_skills_are_evidence(alice, bob, charlie):
    declare_skills(["sepsis", "rosters"], acting_person=bob)
    declare_skills(["cycling"], acting_person=charlie)
    assert names(alice) == ["bob"]
    assert texts(alice) == ["Says so in the profile"]


def test_what_people_write_is_evidence_with_its_date_and_place(alice, bob, emergency):
    moment = timezone.now().replace(month=3, day=12, year=2025, hour=12)
    write(bob, emergency, "Sepsis bundle, first hour", published_at=moment)
    last = write(bob, emergency, "Sepsis screening", published_at=moment + timedelta(days=2), url="/app/x/2/")
    (finding,) = find_people(alice, "sepsis").people
    (piece,) = finding.known.evidence
    assert (piece.kind, piece.url) == ("post", last.url)
    assert piece.text == "Wrote 2 posts about it, the last on 14 March 2025"
    assert piece.html == 'Wrote 2 posts about it, the last on <a href="/app/x/2/">14 March 2025</a>'


def test_pages_somebody_owns_are_evidence(alice, bob, emergency):
    write(bob, emergency, "Sepsis: the first hour", kind="managed", type="process", url="/sepsis/")
    (finding,) = find_people(alice, "sepsis").people
    assert finding.known.evidence[0].html == 'Owns the page <a href="/sepsis/">Sepsis: the first hour</a>'


def test_asking_is_no_evidence_but_answering_is(alice, bob, emergency):
    question = write(alice, emergency, "Who has the sepsis sheet?", type="question")
    write(bob, emergency, "The sepsis sheet is on floor 3", type="comment", subject=question)
    assert names(alice) == ["bob"]
    assert texts(alice)[0].startswith("Answered 1 question about it")


def test_other_comments_are_weaker_than_answers(alice, bob, emergency):
    dora = factories.person("dora", departments=[emergency])
    post = write(alice, emergency, "New sheets", type="post")
    question = write(alice, emergency, "Which sheets?", type="question")
    write(dora, emergency, "Sepsis one", type="comment", subject=post)
    write(bob, emergency, "Sepsis two", type="comment", subject=question)
    assert names(alice) == ["bob", "dora"]


def test_what_the_asking_person_may_not_see_counts_for_nothing(charlie, bob, alice, emergency, laboratory):
    write(bob, emergency, "Sepsis bundle in Emergency")
    write(bob, emergency, "Sepsis for all", audience=EVERYONE, url="/app/x/all/")
    write(alice, emergency, "Sepsis, between us", audience=any_of(tokens.person(alice)))
    (finding,) = find_people(charlie, "sepsis").people
    assert finding.person == bob
    (piece,) = finding.known.evidence
    assert (piece.url, piece.text.startswith("Wrote 1 post")) == ("/app/x/all/", True)
    assert finding.known.score == pytest.approx(1.0, abs=0.01)


def test_strength_does_not_depend_on_what_is_hidden(charlie, bob, emergency):
    declare_skills(["sepsis"], acting_person=bob)
    before = find_people(charlie, "sepsis").people[0].known
    for number in range(5):
        write(bob, emergency, f"Sepsis bundle {number}", kind="managed", type="process")
    after = find_people(charlie, "sepsis").people[0].known
    assert (after.score, after.evidence) == (before.score, before.evidence)


def test_leaving_a_department_takes_its_evidence_along(bob, charlie, emergency):
    write(bob, emergency, "Sepsis bundle")
    add_membership(charlie, emergency, acting_person=None)
    charlie.refresh_from_db()
    assert names(charlie) == ["bob"]
    charlie.memberships.filter(department=emergency).delete()
    charlie.refresh_from_db()
    end = type(charlie).objects.get(pk=charlie.pk)
    assert names(end) == []


def test_evidence_of_a_plugin_that_is_off_is_gone_and_comes_back(alice, bob, emergency):
    write(bob, emergency, "Sepsis bundle", plugin="microblog")
    assert names(alice) == ["bob"]
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    assert names(alice) == []
    rules.set_rule("microblog", emergency, rules.INHERIT, acting_person=None)
    assert names(alice) == ["bob"]


def test_people_of_a_department_where_the_finder_is_off_are_not_listed(charlie, bob, emergency):
    declare_skills(["sepsis"], acting_person=bob)
    assert names(charlie) == ["bob"]
    rules.set_rule("expertise", emergency, rules.OFF, acting_person=None)
    assert names(charlie) == []
    assert known_by(bob, reader=charlie) == []


def test_who_has_left_is_not_listed(alice, bob, emergency):
    declare_skills(["sepsis"], acting_person=bob)
    write(bob, emergency, "Sepsis bundle")
    deactivate_person(bob, acting_person=None)
    assert names(alice) == []


def test_newer_and_more_is_stronger(alice, bob, emergency):
    dora = factories.person("dora", departments=[emergency])
    write(dora, emergency, "Sepsis long ago", published_at=timezone.now() - timedelta(days=1500))
    write(bob, emergency, "Sepsis today")
    found = find_people(alice, "sepsis").people
    assert [(f.person.username, f.known.strength) for f in found] == [("bob", 1), ("dora", 1)]
    for number in range(4):
        write(dora, emergency, f"Sepsis {number}")
    found = find_people(alice, "sepsis").people
    assert [(f.person.username, f.known.strength) for f in found] == [("dora", 4), ("bob", 1)]


@pytest.mark.parametrize(
    ("skill", "question", "text"),
    [
        ("ventilation", "ventilators", "Says so in the profile"),
        ("hand hygiene", "hygiene", "Names “hand hygiene” in the profile"),
        ("sepsis", "sepsis first hour", "Names “sepsis” in the profile"),
        ("Ööbuss", "ööbuss", "Says so in the profile"),
        ("Swedish", "who knows about swedish?", "Says so in the profile"),
    ],
)
def test_skills_fit_in_any_form_of_the_words(skill, question, text, alice, bob):
    declare_skills([skill], acting_person=bob)
    assert texts(alice, question) == [text]


@pytest.mark.parametrize(
    ("skill", "question"), [("cycling", "sepsis"), ("winter driving", "winter plan"), ("art", "cart")]
)
def test_other_skills_do_not_fit(skill, question, alice, bob):
    declare_skills([skill], acting_person=bob)
    assert names(alice, question) == []


@pytest.mark.parametrize("question", ["", " ", '"', "\x00", "\ud800", "%", "_", "x " * 5000, "\u202e", "-- '; drop"])
def test_odd_questions_find_nobody_and_break_nothing(question, alice):
    assert names(alice, question) == []


def test_the_words_of_the_form_are_no_topic():
    assert topic_of("Who knows about  sepsis?") == "sepsis"
    with translation.override("et"):
        assert topic_of("Who knows about … sepsis") == "sepsis"


def test_titles_stay_text(alice, bob, emergency):  # A26
    write(bob, emergency, "<script>alert('sepsis')</script> %s %(x)s", kind="managed", type="process", url="/s/")
    (finding,) = find_people(alice, "sepsis").people
    assert "<script" not in finding.known.evidence[0].html
    assert finding.known.evidence[0].text.startswith("Owns the page <script>")


def test_finding_costs_the_same_with_two_people_and_with_twenty(alice, emergency, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    question = write(alice, emergency, "Which sheet?", type="question")
    counts = []
    for more in (2, 18):
        for _number in range(more):
            person = factories.person(departments=[emergency])
            declare_skills(["sepsis"], acting_person=person)
            write(person, emergency, "Sepsis again")
            write(person, emergency, "Sepsis answer", type="comment", subject=question)
        find_people(alice, "sepsis")
        with CaptureQueriesContext(connection) as captured:
            found = find_people(alice, "sepsis")
        counts.append(len(captured))
    assert len(found.people) == 20
    assert counts[0] == counts[1]
    assert counts[0] <= 11  # two searches of 3 (4 if they fall back), skills, questions, homes


def test_a_profile_costs_the_same_with_two_skills_and_with_twenty(alice, bob, emergency, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    counts = []
    for number in (2, 20):
        skills = [f"topic{n}" for n in range(number)]
        declare_skills(skills, acting_person=bob)
        write(bob, emergency, "Note", topics=tuple(skills))
        known_by(type(bob).objects.get(pk=bob.pk), reader=alice)
        fresh = type(bob).objects.get(pk=bob.pk)
        with CaptureQueriesContext(connection) as captured:
            found = known_by(fresh, reader=alice)
        counts.append(len(captured))
        assert len(found) == number
        assert all("Wrote" in topic.known.evidence[1].text for topic in found)
    assert counts == [3, 3]  # primary department, skills, entries
