"""An outsider is told by search just what they would be told if the thing were not there, on every engine.

A10 is in test_revoking.py, A39 in test_doors.py; what no search says is there too (tests/cms/test_serving.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from cms.setup import ensure_tree
from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.models import Entry, Topic
from portal.host import rules
from portal.people.models import Department, Person
from tests import factories
from tests.cms import factories as make
from tests.portal.host.test_doors_crawl import spellings

PAGE, API = "/search/", "/api/v1/search/"
# A word of every field of the secret, one of its words that others have, and words that are nearly its words.
WORDS = ("merger", "quietly", "lawyers", "takeover", "aav", "ward", '"of the ward"', "ward merger", "ht-707", "ht 707")
LIKE = ("mergr", "nerger", "merg", "mer", "lawyerz", "takeovr", "tak", "quietl")
FILTERS = ("kind=automated", "type=kpi", "plugin=kpis", "topic=takeover", "author={alice}", "language=sv", "time=day")


@pytest.fixture
def others(publish: Callable[..., Entry], laboratory: Department, bob: Person) -> None:
    """What everybody may read."""
    publish("Ward meeting", author=bob, topics=("wards",), summary="On the ward", language="en")
    publish("Ward party", kind="managed", type="news", department=laboratory, body="All of the ward come")


@pytest.fixture
def hide_among(
    publish: Callable[..., Entry], others: None, emergency: Department, alice: Person
) -> Callable[[], Entry]:
    """Publishes what is for Emergency alone, with values that nothing else has."""

    def secret() -> Entry:
        return publish(
            "Merger of the ward", kind="automated", type="kpi", plugin="kpis", department=emergency, author=alice,
            summary="Done quietly", body="Ask the lawyers for form HT-707", topics=("takeover",), language="sv",
            audience=any_of(tokens.department(emergency)),
        )  # fmt: skip

    return secret


def answers(client: Client, words: tuple[str, ...]) -> dict[tuple[str, str], Any]:
    """What page and API say, by words and filter; the time it took apart."""
    said: dict[tuple[str, str], Any] = {}
    alice = Person.objects.get(username="alice").pk
    for q, chosen in [*((word, "") for word in words), *(("ward", chosen) for chosen in FILTERS)]:
        asked = dict(parse_qsl(chosen.format(alice=alice))) | {"q": q}
        body, context = client.get(API, asked).json(), client.get(PAGE, asked).context
        body.pop("took_ms")
        for hit in body["results"]:
            assert "score" not in hit  # it tells how rare a word is, also in what the reader may not see
        names = ("tabs", "facets", "applied", "total", "similar", "suggestion", "pages")
        shown = {name: str(context[name]) for name in names}
        said[q, chosen] = (body, shown)
    return said


def api_of(said: dict[tuple[str, str], Any], name: str) -> dict[tuple[str, str], Any]:
    return {asked: body[name] for asked, (body, _shown) in said.items()}


def test_a5_no_word_of_what_is_for_others_finds_it(hide_among, as_bob, as_charlie):
    before = answers(as_charlie, WORDS)
    hide_among()
    after = answers(as_charlie, WORDS)
    assert api_of(after, "results") == api_of(before, "results")
    assert "Merger" not in str(after)
    for word in WORDS:
        assert "Merger of the ward" in str(as_bob.get(API, {"q": word}).json()), word


def test_a6_it_is_not_counted(hide_among, as_bob, as_charlie):
    before, seen = answers(as_charlie, WORDS), answers(as_bob, WORDS)
    hide_among()
    after = answers(as_charlie, WORDS)
    for name in ("count", "count_exact", "next"):
        assert api_of(after, name) == api_of(before, name)
    assert api_of(answers(as_bob, WORDS), "count") != api_of(seen, "count")
    for asked, (_body, shown) in after.items():
        assert shown == before[asked][1]


def test_a7_no_facet_knows_of_it(hide_among, as_bob, as_charlie):
    before = answers(as_charlie, WORDS)
    hide_among()
    assert api_of(answers(as_charlie, WORDS), "facets") == api_of(before, "facets")
    facets = as_bob.get(API, {"q": "ward"}).json()["facets"]
    assert (facets["plugin"], facets["topic"]) == ({"kpis": 1}, {"wards": 1, "takeover": 1})


def test_a8_nothing_like_it_is_suggested(hide_among, as_bob, as_charlie):
    before = answers(as_charlie, LIKE)
    hide_among()
    assert answers(as_charlie, LIKE) == before
    assert as_bob.get(API, {"q": "mergr"}).json()["count"] == 1


def test_a9_what_leads_to_it_says_nothing_of_it(
    engine, organisation, emergency, bob, as_bob, as_charlie, catch_up, alice
):
    """Links are drawn for the reader; text that is highlighted, and related pages, are those of readers too."""
    tree = ensure_tree(organisation)
    only = any_of(tokens.department(emergency))
    secret = make.page(tree.news, "Merger of the ward", topics=["wards"], expression=only)
    body = [("page_links", {"title": "Read more", "pages": [secret]})]
    page = make.page(tree.news, "Ward meeting", topics=["wards"], body=body)
    catch_up()
    for address in (f"{PAGE}?q=ward", f"{API}?q=ward", f"{PAGE}?q=merger", f"{API}?q=merger", page.url):
        assert b"Merger" in as_bob.get(address).content.replace(b"<mark>Merger</mark>", b"Merger"), address
        assert b"Merger" not in as_charlie.get(address).content, address
    assert as_charlie.get(API, {"q": "merger"}).json()["count"] == 0


@pytest.fixture
def chosen(as_charlie: Client) -> Callable[..., tuple[str, str]]:
    """What the page calls a value that is chosen: (among the filters, among what is chosen)."""

    def run(q: str = "ward", **filters: Any) -> tuple[str, str]:
        context = as_charlie.get(PAGE, {"q": q, **filters}).context
        offered = [o["label"] for f in context["facets"] if f["name"] in filters for o in f["options"] if o["chosen"]]
        applied = [one["label"] for one in context["applied"]]
        assert len(applied) == len(offered) == 1
        return offered[0], applied[0]

    return run


UNKNOWN = ("Unknown", "Unknown")


def test_a7_a_topic_of_what_is_for_others_has_no_name(hide_among, chosen, as_bob, as_charlie):
    hide_among()
    Topic.objects.filter(slug="takeover").update(name="Hostile takeover by Nordmed")
    assert chosen(topic="takeover") == chosen(topic="no-such-thing") == UNKNOWN
    assert chosen(topic="wards") == ("wards", "wards")
    assert chosen(topic="wards", q="nobody wrote this") == ("wards", "wards")
    for client, told in ((as_bob, True), (as_charlie, False)):
        for door in (PAGE, API):
            assert (b"Nordmed" in client.get(door, {"q": "ward", "topic": "takeover"}).content) == (
                told and door == PAGE
            )


def test_a7_nobody_is_named_but_by_what_may_be_seen(others, chosen, publish, emergency, bob, alice):
    gone = factories.person("gone", first_name="Gone", last_name="Away", departments=[emergency])
    publish("Gone Away", obj=gone, author=gone, type="person", hidden=True)
    publish("Alice Aav", obj=alice, author=alice, type="person")
    gone.is_active = False
    gone.save()
    robot = factories.person("robot", first_name="Rota", last_name="Import")
    assert chosen(author=str(gone.pk)) == chosen(author=str(robot.pk)) == chosen(author="987654321") == UNKNOWN
    assert chosen(author=str(alice.pk)) == (alice.display_name, alice.display_name)  # wrote nothing of it
    assert chosen(author=str(bob.pk)) == (bob.display_name, bob.display_name)  # has no card here, but wrote of it


def test_a7_a_plugin_that_is_forced_off_is_not_named(hide_among, chosen, organisation):
    hide_among()
    assert chosen(plugin="kpis") == ("Key figures", "Key figures")
    assert chosen(type="kpi") != UNKNOWN
    rules.set_rule("kpis", organisation, rules.FORCED_OFF, acting_person=None)
    assert chosen(plugin="kpis") == chosen(plugin="no-such-thing") == UNKNOWN
    assert chosen(type="kpi") == chosen(type="no-such-thing") == UNKNOWN
    assert chosen(type="news") != UNKNOWN


@pytest.mark.parametrize("condition", ["", "If-None-Match", "If-Modified-Since"])
def test_a11_a_permalink_that_was_open_is_404_after_leaving(organisation, bob, as_bob, condition):
    tree, group = ensure_tree(organisation), make.group("Board", bob)
    page = make.page(tree.news, "Minutes", expression=any_of(tokens.usergroup(group.pk)))
    first = as_bob.get(page.url)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"
    group.user_set.remove(bob)
    known = {"If-None-Match": first.headers.get("ETag", "*"), "If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}
    again = as_bob.get(page.url, headers={condition: known[condition]} if condition else {})
    assert again.status_code == 404
    assert b"Minutes" not in again.content


def test_a43_no_spelling_of_search_leads_around_the_gate(publish, as_bob, emergency):
    publish("Pumps have moved", plugin="microblog", department=emergency)
    shown = _ways_that_show(as_bob, "have moved")
    assert ("get", "/search/", ()) in shown
    assert ("get", "/api/v1/search/", ()) in shown
    rules.set_rule("microblog", emergency, rules.OFF, acting_person=None)
    assert _ways_that_show(as_bob, "have moved") == []


def _ways_that_show(client: Client, text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    for path in (PAGE, API):
        for method, address, headers in spellings(path):
            asked = f"{address}{'&' if '?' in address else '?'}q=pumps"
            if text in getattr(client, method)(asked, headers=headers).content.decode():
                found.append((method, address, tuple(headers)))
    return found
