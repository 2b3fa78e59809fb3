from __future__ import annotations

from plugins.comments import privacy
from plugins.comments.actions import add_comment
from plugins.comments.models import Comment
from plugins.comments.tests.subjects import subject as make_subject
from portal.catalogue.models import Entry


def test_export_holds_everything_somebody_said_and_nothing_else(alice, bob, emergency):
    subject = make_subject(emergency)
    add_comment(subject, "By Bob", acting_person=bob)
    add_comment(subject, "By Alice", acting_person=alice)
    assert [c["text"] for c in privacy.export(bob)["comments"]] == ["By Bob"]


def test_erasing_takes_the_words_and_keeps_the_answers_of_others(alice, bob, emergency):
    subject = make_subject(emergency)
    first = add_comment(subject, "By Bob", acting_person=bob)
    add_comment(subject, "By Bob again", acting_person=bob)
    add_comment(subject, "By Alice", acting_person=alice, parent=first)
    assert privacy.erase(bob, acting_person=alice) == 2
    assert set(Comment.objects.values_list("text", "author", "deleted")) == {
        ("", None, True),
        ("By Alice", alice.pk, False),
    }
    assert not Entry.objects.filter(body__contains="Bob").exists()
