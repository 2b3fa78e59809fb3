from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from wagtail.models import ModelLogEntry

from plugins.microblog.actions import delete_post, edit_post, publish_post
from plugins.microblog.models import Post
from portal.catalogue.actions import entry_for
from portal.catalogue.models import Entry, Outbox
from portal.host import rules
from portal.host.gate import PluginOff
from portal.host.permissions import save_grant
from portal.people.actions import add_membership
from portal.timeline.read import timeline_page
from tests import factories


@pytest.fixture
def post(bob, emergency):
    return publish_post("Where are the spare pumps? #pumps", acting_person=bob, department=emergency, type="question")


def titles(person):
    return [item.entry.title for item in timeline_page(person).items]


def test_a_post_reaches_the_department_and_nobody_else(post, alice, charlie):
    assert titles(alice) == ["Where are the spare pumps? #pumps"]
    assert titles(charlie) == []


def test_a_post_reaches_the_people_below_its_department(post, emergency):
    team = factories.department("Night team", parent=emergency)
    assert titles(factories.person("eve", departments=[team])) == ["Where are the spare pumps? #pumps"]


def test_a_post_for_everyone_reaches_everyone(bob, emergency, charlie):
    publish_post("Coffee is ready", acting_person=bob, department=emergency, for_everyone=True)
    assert titles(charlie) == ["Coffee is ready"]


def test_the_entry_says_what_the_post_is(post, bob, emergency):
    entry = entry_for(post)
    assert (entry.kind, entry.type, entry.plugin) == ("user", "question", "microblog")
    assert (entry.author, entry.department, entry.language) == (bob, emergency, "en")
    assert entry.url == f"/app/microblog/{post.pk}/"
    assert entry.topic_names == ["pumps"]
    assert entry.body == post.text


def test_a_long_text_is_shortened_in_lists_only(bob, emergency):
    post = publish_post("word " * 900, acting_person=bob, department=emergency)
    entry = entry_for(post)
    assert len(entry.title) <= 81
    assert len(entry.summary) < 700
    assert entry.body == ("word " * 900).strip()


def test_strangers_to_a_department_cannot_post_there(charlie, emergency):
    with pytest.raises(ValidationError, match="departments you belong to"):
        publish_post("Hello", acting_person=charlie, department=emergency)
    assert not Post.objects.exists()


def test_the_department_above_is_not_ones_own(bob, organisation):
    with pytest.raises(ValidationError):
        publish_post("Hello all", acting_person=bob, department=organisation)


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x00", "\u200b", "x" * 5001])
def test_empty_and_endless_texts_are_refused(text, bob, emergency):
    with pytest.raises(ValidationError):
        publish_post(text, acting_person=bob, department=emergency)
    assert not Post.objects.exists()
    assert not Entry.objects.exists()


def test_what_cannot_be_stored_is_left_out(bob, emergency):
    post = publish_post("a\x00b\ud800c\r\nd\u202ee", acting_person=bob, department=emergency)
    assert post.text == "abc\nde"


@pytest.mark.parametrize("values", [{"type": "news"}, {"language": "xx"}])
def test_unknown_types_and_languages_are_refused(values, bob, emergency):
    with pytest.raises(ValidationError):
        publish_post("Hello", acting_person=bob, department=emergency, **values)


def test_posting_where_the_microblog_is_off_is_refused(bob, emergency):
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        publish_post("Hello", acting_person=bob, department=emergency)


def test_posting_into_a_second_department_where_it_is_off_is_refused(bob, emergency, laboratory):
    add_membership(bob, laboratory, acting_person=None)
    bob.refresh_from_db()
    rules.set_rule("microblog", laboratory, rules.OFF, acting_person=None)
    with pytest.raises(PluginOff):
        publish_post("Hello", acting_person=bob, department=laboratory)


def test_the_author_changes_a_post(post, bob):
    edit_post(post, acting_person=bob, text="Found them #cellar", type="post")
    entry = entry_for(post)
    assert (entry.title, entry.type, entry.topic_names) == ("Found them #cellar", "post", ["cellar"])
    assert post.edited_at is not None


def test_narrowing_an_edit_takes_it_from_the_others(bob, emergency, charlie):
    post = publish_post("For all", acting_person=bob, department=emergency, for_everyone=True)
    edit_post(post, acting_person=bob, for_everyone=False)
    assert titles(charlie) == []


def test_nobody_else_changes_a_post_not_even_moderators(post, alice, charlie, ida):
    with pytest.raises(PermissionDenied):
        edit_post(post, acting_person=alice, text="Mine now")
    for outsider in (charlie, ida):
        with pytest.raises(Http404):
            edit_post(post, acting_person=outsider, text="Mine now")
    post.refresh_from_db()
    assert post.text.startswith("Where are")


@pytest.mark.parametrize("who", ["bob", "alice", "ida"])
def test_author_moderator_and_it_delete(who, request, post, bob):
    delete_post(post, acting_person=request.getfixturevalue(who))
    assert titles(bob) == []
    assert not Post.objects.exists()
    tombstone = Entry.objects.get()
    assert (tombstone.state, tombstone.title, tombstone.body) == ("removed", "", "")


def test_others_do_not_delete(post, emergency, charlie):
    dora = factories.person("dora", departments=[emergency])
    with pytest.raises(PermissionDenied):
        delete_post(post, acting_person=dora)
    with pytest.raises(Http404):
        delete_post(post, acting_person=charlie)
    assert Post.objects.filter(pk=post.pk).exists()


def test_a_moderator_elsewhere_does_not_delete(post, laboratory, charlie):
    add_membership(charlie, laboratory, acting_person=None, is_moderator=True)
    charlie.refresh_from_db()
    with pytest.raises(Http404):
        delete_post(post, acting_person=charlie)


def test_everything_is_written_down_without_the_text(post, bob, alice):
    edit_post(post, acting_person=bob, text="Secret words")
    delete_post(post, acting_person=alice)
    lines = list(ModelLogEntry.objects.order_by("pk").filter(content_type__model="post"))
    assert [line.action.removeprefix("folkmoot.content.") for line in lines] == ["create", "edit", "delete"]
    assert not any("Secret" in line.label or "pumps" in line.label for line in lines)


def test_a_failing_write_leaves_nothing(bob, emergency, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no index")

    monkeypatch.setattr("plugins.microblog.actions.put", broken)
    with pytest.raises(RuntimeError):
        publish_post("Hello", acting_person=bob, department=emergency)
    assert not Post.objects.exists()
    assert not ModelLogEntry.objects.filter(content_type__model="post").exists()
    assert not Outbox.objects.exists()


def test_a_head_moderates_unless_that_is_taken_away(bob, emergency):
    head = factories.person("hanna", departments=[emergency])
    add_membership(head, emergency, acting_person=None, is_head=True)
    head.refresh_from_db()
    first, second = (publish_post(text, acting_person=bob, department=emergency) for text in ("One", "Two"))
    delete_post(first, acting_person=head)
    save_grant("microblog", "moderate", emergency, ["moderators"], acting_person=None)
    with pytest.raises(PermissionDenied):
        delete_post(second, acting_person=head)


def test_the_language_of_a_post_is_told_by_its_text_unless_the_author_says_it(alice, emergency):
    text = "Var finns nyckeln till cykelförrådet?"
    post = publish_post(text, acting_person=alice, department=emergency)
    assert (post.language, entry_for(post).language) == ("sv", "sv")
    assert publish_post(text, acting_person=alice, department=emergency, language="de").language == "de"
    assert publish_post("Ok!", acting_person=alice, department=emergency).language == alice.language
    edit_post(post, acting_person=alice, text="Waar is de sleutel van de fietsenstalling?")
    assert post.language == "sv"
    edit_post(post, acting_person=alice, language="")
    assert (post.language, entry_for(post).language) == ("nl", "nl")
