from __future__ import annotations

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from plugins.comments import threads
from plugins.comments.actions import add_comment, delete_comment
from plugins.comments.slots import below, counts
from plugins.comments.tests.subjects import subject as make_subject
from plugins.comments.threads import thread_for
from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.models import Entry
from portal.host import rules, surfaces
from tests import factories


@pytest.fixture
def subject(emergency, alice):
    return make_subject(emergency, author=alice)


@pytest.fixture
def request_of(rf):
    def make(person, address="/"):
        request = rf.get(address)
        request.user = person
        return request

    return make


def test_the_thread_shows_comments_with_a_form(subject, bob, alice, request_of):
    first = add_comment(subject, "Two are left", acting_person=bob)
    add_comment(subject, "Which two?", acting_person=alice, parent=first)
    html = below(request_of(bob), subject)
    assert html.index("Two are left") < html.index("Which two?")
    assert 'action="/app/comments/' in html
    assert "csrfmiddlewaretoken" in html
    assert f'href="/app/comments/comment/{first.pk}/edit/"' in html
    assert html.count("/edit/") == 1  # only one's own
    assert "Author" in html  # alice wrote the subject


def test_the_place_of_a_deleted_comment_says_so(subject, bob, alice, request_of):
    first = add_comment(subject, "Two are left", acting_person=bob)
    add_comment(subject, "Which two?", acting_person=alice, parent=first)
    delete_comment(first, acting_person=bob)
    html = below(request_of(alice), subject)
    assert "This comment was removed." in html
    assert "Two are left" not in html
    assert "Bob" not in html


def test_scripts_stay_text(subject, bob, request_of):  # A26, A27
    add_comment(subject, "<script>alert(1)</script> javascript:alert(2)", acting_person=bob)
    html = below(request_of(bob), subject)
    assert "<script" not in html
    assert "&lt;script" in html
    assert 'href="javascript' not in html


def test_nothing_is_shown_where_comments_are_off(subject, bob, emergency, request_of):
    add_comment(subject, "Two are left", acting_person=bob)
    rules.set_rule("comments", emergency, rules.OFF, acting_person=None)
    entry = Entry.objects.select_related("department").get(pk=subject.pk)
    assert surfaces.slot("entry.below", request_of(bob), entry) == []
    assert counts(request_of(bob), [entry]) == {}


def test_counts_hold_only_what_the_reader_may_see(emergency, laboratory, bob, charlie, request_of):
    mine, theirs = make_subject(emergency), make_subject(laboratory)
    add_comment(mine, "One", acting_person=bob)
    add_comment(mine, "Two", acting_person=bob)
    add_comment(theirs, "Three", acting_person=charlie)
    found = counts(request_of(bob), [mine, theirs])
    assert '<span class="num">2</span>' in found[mine.pk]
    assert f'href="{mine.url}#comments"' in found[mine.pk]
    assert "num" not in found[theirs.pk]


def test_counts_cost_one_query_for_a_whole_list(emergency, bob, request_of, django_assert_num_queries):
    for_all = any_of(tokens.department(emergency))
    subjects = [make_subject(factories.department(parent=emergency), audience=for_all) for _n in range(10)]
    counts(request_of(bob), subjects[:1])
    entries = list(Entry.objects.filter(pk__in=[s.pk for s in subjects]).for_cards())
    for some in (entries[:1], entries):
        with django_assert_num_queries(1):  # comments by subject
            counts(request_of(bob), some)


def test_a_thread_costs_the_same_with_2_and_with_40_comments(subject, bob, request_of, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    found = []
    for more in (1, 19):
        for number in range(more):
            first = add_comment(subject, f"Comment {number}", acting_person=bob)
            add_comment(subject, f"Answer {number}", acting_person=bob, parent=first)
        entry = Entry.objects.for_cards().get(pk=subject.pk)
        below(request_of(bob), entry)
        with CaptureQueriesContext(connection) as captured:
            html = below(request_of(bob), entry)
        found.append(len(captured))
        assert html.count('class="comment"') == 2 * more + (0 if more == 1 else 2)
    assert found == [4, 4]  # visible entries, comments, rights, manageable entries


def test_long_threads_begin_with_the_newest(subject, bob, request_of, monkeypatch):
    monkeypatch.setattr(threads, "SHOWN", 3)
    for number in range(5):
        add_comment(subject, f"Number {number}", acting_person=bob)
    thread = thread_for(bob, subject)
    assert ([s.comment.text for s in thread.spoken], thread.earlier) == (
        ["Number 2", "Number 3", "Number 4"],
        2,
    )
    assert "Show 2 earlier comments" in below(request_of(bob), subject)
    assert len(thread_for(bob, subject, everything=True).spoken) == 5


def test_one_comment_is_one_comment():
    assert "comments" not in render_to_string("comments/partials/count.html", {"url": "/x/", "count": 1})
