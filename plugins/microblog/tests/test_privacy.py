from __future__ import annotations

from plugins.microblog import privacy
from plugins.microblog.actions import publish_post
from plugins.microblog.models import Post
from portal.catalogue.models import Entry


def test_export_holds_everything_somebody_posted_and_nothing_else(alice, bob, emergency):
    publish_post("By Bob", acting_person=bob, department=emergency)
    publish_post("By Alice", acting_person=alice, department=emergency)
    posts = privacy.export(bob)["posts"]
    assert [(post["text"], post["department"]) for post in posts] == [("By Bob", emergency.url_path)]


def test_erasing_removes_the_posts_everywhere(alice, bob, emergency):
    publish_post("By Bob", acting_person=bob, department=emergency)
    publish_post("By Alice", acting_person=alice, department=emergency)
    assert privacy.erase(bob, acting_person=alice) == 1
    assert [post.text for post in Post.objects.all()] == ["By Alice"]
    assert not Entry.objects.filter(body__contains="By Bob").exists()
