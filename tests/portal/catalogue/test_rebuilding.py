"""F14: one row whose card fails costs its own entry when the catalogue is written anew."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plugins.microblog.actions import publish_post
from plugins.microblog.models import Post
from portal.catalogue.actions import hide
from portal.catalogue.models import Entry
from portal.host.registry import registry


@pytest.fixture
def posts(alice, emergency):
    return [publish_post(f"Post {number}", acting_person=alice, department=emergency) for number in range(3)]


def texts():
    return sorted(Entry.objects.filter(plugin="microblog").values_list("body", "state"))


def test_entries_are_written_anew_and_what_was_hidden_stays_hidden(posts):
    hide(posts[0])
    before = texts()
    Entry.objects.filter(plugin="microblog").update(body="lost")
    out = StringIO()
    call_command("catalogue", "rebuild", "--plugin", "microblog", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"microblog": {"written": 3, "failed": []}}
    assert texts() == before


def test_a_card_that_raises_or_is_none_costs_its_own_entry(posts, monkeypatch, capsys):
    cards = registry.get("microblog").contributions.cards
    card = cards[Post]

    def odd(post):
        if post == posts[0]:
            raise RuntimeError("no card today")
        return None if post == posts[1] else card(post)

    monkeypatch.setitem(cards, Post, odd)
    Entry.objects.filter(plugin="microblog").update(body="lost")
    with pytest.raises(CommandError, match="2 rows gave no card"):
        call_command("catalogue", "rebuild", "--plugin", "microblog")
    assert [body for body, _state in texts()] == ["Post 2", "lost", "lost"]
    assert f"microblog.post {posts[0].pk} stays as it was: RuntimeError: no card today" in capsys.readouterr().err


def test_a_plugin_that_is_not_there_is_told(organisation):
    with pytest.raises(CommandError, match="There is no plugin 'lunch' that runs"):
        call_command("catalogue", "rebuild", "--plugin", "lunch")


def test_a_batch_asks_the_same_for_3_and_for_30_posts(posts, alice, emergency, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600

    def asked():
        with CaptureQueriesContext(connection) as queries:
            call_command("catalogue", "rebuild", "--plugin", "microblog", stdout=StringIO())
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    asked()
    few = asked()
    for number in range(27):  # as many as SQLite takes in one statement
        publish_post(f"More {number}", acting_person=alice, department=emergency)
    asked()
    assert asked() == few
