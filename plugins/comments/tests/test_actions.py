from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils import timezone
from wagtail.models import ModelLogEntry

from plugins.comments.actions import add_comment, delete_comment, edit_comment
from plugins.comments.models import Comment
from plugins.comments.slots import below
from plugins.comments.tests.subjects import subject as make_subject
from plugins.comments.threads import counts_for, thread_for
from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue import purge
from portal.catalogue.actions import entry_for, hide, remove, show
from portal.catalogue.models import Entry, Outbox
from portal.host import rules
from portal.host.gate import PluginOff
from portal.host.permissions import save_grant
from portal.people.actions import add_membership
from portal.timeline.read import timeline_page
from tests import factories


@pytest.fixture
def subject(emergency, alice):
    return make_subject(emergency, author=alice, plugin="microblog")


@pytest.fixture
def comment(subject, bob):
    return add_comment(subject, "Two are left #pumps", acting_person=bob)


def visible(person):
    return list(Entry.objects.visible_to(person).filter(type="comment").values_list("title", flat=True))


def test_readers_of_the_subject_read_the_comment_and_nobody_else(comment, alice, charlie):
    assert visible(alice) == ["Two are left #pumps"]
    assert visible(charlie) == []


def test_the_entry_follows_its_subject(comment, subject, bob):
    entry = entry_for(comment)
    assert (entry.kind, entry.type, entry.plugin, entry.author) == ("user", "comment", "comments", bob)
    assert (entry.subject, entry.root, entry.department_id) == (subject, subject, subject.department_id)
    assert entry.audience_id == subject.audience_id
    assert entry.url == f"{subject.url}#comment-{comment.pk}"
    assert entry.topic_names == ["pumps"]


def test_nobody_comments_on_what_they_may_not_see(subject, charlie):  # A2
    with pytest.raises(Http404):
        add_comment(subject, "Hello", acting_person=charlie)
    assert not Comment.objects.exists()


def test_a_stale_subject_does_not_let_anybody_in(subject, emergency, bob):
    hide(emergency)
    with pytest.raises(Http404):
        add_comment(subject, "Hello", acting_person=bob)


@pytest.mark.parametrize("text", ["", " \n", "\x00", "x" * 5001])
def test_empty_and_endless_texts_are_refused(text, subject, bob):
    with pytest.raises(ValidationError):
        add_comment(subject, text, acting_person=bob)
    assert not Comment.objects.exists()


def test_there_are_two_levels(subject, comment, alice, bob):
    answer = add_comment(subject, "Which two?", acting_person=alice, parent=comment)
    deeper = add_comment(subject, "Those", acting_person=bob, parent=answer)
    assert (answer.parent, deeper.parent) == (comment, comment)
    thread = thread_for(alice, subject)
    assert [a.comment.text for a in thread.spoken[0].answers] == ["Which two?", "Those"]
    assert entry_for(deeper).subject == subject


def test_an_answer_belongs_to_the_same_subject(comment, bob, emergency):
    team = factories.department("Night team", parent=emergency)
    other = make_subject(team, audience=any_of(tokens.department(emergency)))
    with pytest.raises(ValidationError, match="no longer here"):
        add_comment(other, "Hello", acting_person=bob, parent=comment)


def test_a_comment_is_no_subject(comment, bob):
    with pytest.raises(ValidationError, match="page it belongs to"):
        add_comment(entry_for(comment), "Hello", acting_person=bob)


def test_a_comment_is_no_activity(comment, alice):
    assert timeline_page(alice).items == []


def test_commenting_where_comments_are_off_is_refused(subject, emergency, bob):
    rules.set_rule("comments", emergency, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        add_comment(subject, "Hello", acting_person=bob)


def test_the_home_of_the_subject_decides_for_those_of_several_departments(subject, emergency, laboratory, bob):
    add_membership(bob, laboratory, acting_person=None)
    bob.refresh_from_db()
    rules.set_rule("comments", emergency, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        add_comment(subject, "Hello", acting_person=bob)


def test_commenting_where_the_subject_is_off_is_refused(subject, emergency, bob):
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        add_comment(subject, "Hello", acting_person=bob)


@pytest.mark.parametrize("slug", ["comments", "microblog"])
def test_off_hides_the_comment_and_on_brings_it_back_unchanged(slug, comment, subject, emergency, bob, charlie):
    before = (Comment.objects.values().get(), list(Entry.objects.order_by("pk").values()))
    rules.set_rule(slug, emergency, rules.OFF, acting_person=None)
    assert visible(bob) == []
    assert counts_for(bob, [subject.pk]) == {}
    rules.set_rule(slug, emergency, rules.INHERIT, acting_person=None)
    assert visible(bob) == ["Two are left #pumps"]
    assert (Comment.objects.values().get(), list(Entry.objects.order_by("pk").values())) == before


def test_narrowing_the_subject_narrows_its_comments(comment, emergency, alice, bob):
    make_subject(emergency, author=alice, plugin="microblog", audience=any_of(tokens.person(alice)))
    assert visible(bob) == []
    assert visible(alice) == ["Two are left #pumps"]


def test_hiding_and_removing_the_subject_hides_its_comments(comment, emergency, bob):
    hide(emergency)
    assert visible(bob) == []
    show(emergency)
    assert visible(bob) == ["Two are left #pumps"]
    remove(emergency)
    assert visible(bob) == []


def test_the_author_changes_a_comment(comment, bob):
    edit_comment(comment, acting_person=bob, text="Three are left")
    assert visible(bob) == ["Three are left"]
    assert comment.edited_at is not None


def test_nobody_else_changes_it(comment, alice, charlie):
    with pytest.raises(PermissionDenied):
        edit_comment(comment, acting_person=alice, text="x")
    with pytest.raises(Http404):
        edit_comment(comment, acting_person=charlie, text="x")


@pytest.mark.parametrize("who", ["bob", "alice", "ida"])
def test_author_moderator_and_it_delete(who, request, comment, bob):
    delete_comment(comment, acting_person=request.getfixturevalue(who))
    assert visible(bob) == []
    assert not Comment.objects.exists()


def test_others_do_not_delete(comment, emergency, laboratory, charlie):
    dora = factories.person("dora", departments=[emergency])
    with pytest.raises(PermissionDenied):
        delete_comment(comment, acting_person=dora)
    add_membership(charlie, laboratory, acting_person=None, is_moderator=True)
    charlie.refresh_from_db()
    with pytest.raises(Http404):  # A21
        delete_comment(comment, acting_person=charlie)
    assert Comment.objects.exists()


def test_answers_keep_the_place_of_a_deleted_comment_without_its_words(subject, comment, alice, bob):
    answer = add_comment(subject, "Which two?", acting_person=alice, parent=comment)
    delete_comment(comment, acting_person=bob)
    comment.refresh_from_db()
    assert (comment.text, comment.author, comment.deleted) == ("", None, True)
    thread = thread_for(bob, subject)
    assert (thread.count, thread.spoken[0].html) == (1, None)
    assert visible(bob) == ["Which two?"]
    with pytest.raises(ValidationError):
        add_comment(subject, "Hello", acting_person=bob, parent=comment)
    delete_comment(answer, acting_person=alice)
    assert not Comment.objects.exists()


def test_everything_is_written_down_without_the_text(comment, bob):
    edit_comment(comment, acting_person=bob, text="Secret words")
    delete_comment(comment, acting_person=bob)
    lines = list(ModelLogEntry.objects.order_by("pk").filter(content_type__model="comment"))
    assert [line.action.removeprefix("folkmoot.content.") for line in lines] == ["create", "edit", "delete"]
    assert not any("Secret" in line.label or "left" in line.label for line in lines)


def test_purging_the_subject_deletes_its_comments_for_good(comment, subject, emergency, laboratory, charlie):
    kept = add_comment(make_subject(laboratory), "Other place", acting_person=charlie)
    remove(emergency)
    Entry.objects.filter(pk=subject.pk).update(updated_at=timezone.now() - timedelta(days=31))
    Outbox.objects.all().delete()
    purge.purge_removed()
    assert list(Comment.objects.all()) == [kept]


def test_a_failing_write_leaves_nothing(subject, bob, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no index")

    monkeypatch.setattr("plugins.comments.actions.put", broken)
    with pytest.raises(RuntimeError):
        add_comment(subject, "Hello", acting_person=bob)
    assert not Comment.objects.exists()


def test_who_may_comment_is_granted_per_department(subject, emergency, alice, bob, as_bob):
    save_grant("comments", "comment", emergency, ["heads"], acting_person=None)
    with pytest.raises(PermissionDenied, match="Ask central IT"):
        add_comment(subject, "Not me", acting_person=bob)
    answer = as_bob.post(f"/api/v1/comments/?entry={subject.pk}", {"entry": subject.pk, "text": "Not me"})
    assert answer.status_code == 403
    assert add_comment(subject, "But her", acting_person=alice).author == alice
    save_grant("comments", "comment", emergency, None, acting_person=None)
    assert add_comment(subject, "Me too", acting_person=bob).author == bob


def test_who_may_not_comment_is_shown_no_form(subject, emergency, rf, bob):
    request = rf.get("/")
    request.user = bob
    assert "<form" in below(request, subject)
    save_grant("comments", "comment", emergency, [], acting_person=None)
    assert "<form" not in below(request, subject)


def test_moderating_can_be_taken_from_the_moderators_and_the_author_keeps_the_own(comment, emergency, alice, bob):
    save_grant("comments", "moderate", emergency, [], acting_person=None)
    with pytest.raises(PermissionDenied):
        delete_comment(comment, acting_person=alice)
    delete_comment(comment, acting_person=bob)
    assert not Comment.objects.exists()
