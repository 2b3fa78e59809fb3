"""Filters and what is counted, on every engine."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audience import tokens
from portal.audience.expressions import any_of
from search.engines.elastic.body import body
from search.facets import conditions
from search.query import FACETS, SearchRequest, TooDeep
from search.terms import parse
from tests import factories
from tests.search.conftest import titles


@pytest.fixture
def mixed(publish, alice, bob, emergency, laboratory):
    """Three kinds and five types about blood, one of which is for Emergency only."""
    team = factories.department("Trauma", parent=emergency)
    publish("Blood bank opens", kind="managed", type="news", department=laboratory, topics=("Blood",))
    publish("Blood orders", kind="managed", type="process", department=emergency, topics=("Blood", "Orders"))
    publish("Blood is low", kind="user", type="post", author=alice, department=team, plugin="microblog")
    publish("Blood donors wanted", kind="user", type="post", author=bob, department=emergency, plugin="microblog")
    old = timezone.now() - timedelta(days=90)
    publish("Blood units", kind="automated", type="kpi", plugin="kpis", department=laboratory, published_at=old)
    only = any_of(tokens.department(emergency))
    publish(
        "Blood secret", kind="user", type="question", author=bob, audience=only, department=emergency, language="et"
    )


ROOT = "merekaar-hospitals"


def counted(result, *names):
    return {name: dict(result.facets[name]) for name in names}


def test_facets_count_what_the_person_may_see(mixed, find, alice, bob, charlie):
    assert counted(find(alice, "blood"), *FACETS) == {
        "kind": {"managed": 2, "user": 3, "automated": 1},
        "type": {"post": 2, "kpi": 1, "news": 1, "process": 1, "question": 1},
        "plugin": {"microblog": 2, "kpis": 1},
        "department": {f"{ROOT}/emergency": 4, f"{ROOT}/laboratory": 2},
        "author": {str(bob.pk): 2, str(alice.pk): 1},
        "topic": {"blood": 2, "orders": 1},
        "language": {"et": 1},
        "time": {"day": 5, "week": 5, "month": 5, "year": 6},
    }
    assert counted(find(charlie, "blood"), "kind", "type", "department", "author", "language") == {
        "kind": {"managed": 2, "user": 2, "automated": 1},
        "type": {"post": 2, "kpi": 1, "news": 1, "process": 1},
        "department": {f"{ROOT}/emergency": 3, f"{ROOT}/laboratory": 2},
        "author": {str(bob.pk): 1, str(alice.pk): 1},
        "language": {},
    }


CHOICES = [
    {"kind": "user"},
    {"type": "news,kpi"},
    {"kind": "managed", "type": "kpi"},
    {"plugin": "microblog"},
    {"topic": "blood"},
    {"language": "et"},
    {"time": "month"},
    {"time": "day", "kind": "managed"},
    {"department": f"{ROOT}/emergency"},
    {"department": f"{ROOT}/emergency", "plugin": "microblog"},
    {"department": f"{ROOT}/laboratory", "topic": "blood", "time": "day"},
]


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_each_count_is_what_choosing_it_finds(choices, mixed, find, alice):
    """The oracle is the search itself: a value's count is the number of results once it is chosen."""
    result = find(alice, "blood", **choices)
    assert result.count == len(result.hits)
    for name in FACETS:
        found = result.facets[name]
        assert 0 not in found.values()
        for value, number in found.items():
            filters = {**choices, name: value}
            if name == "author":
                filters["author_id"] = int(filters.pop("author"))
            assert find(alice, "blood", **filters).count == number, (name, value)


def test_kinds_are_counted_without_the_chosen_kind_and_types_within_it(mixed, find, charlie):
    result = find(charlie, "blood", kind="user")
    assert result.count == len(result.hits) == 2
    assert counted(result, "kind", "type") == {
        "kind": {"managed": 2, "user": 2, "automated": 1},
        "type": {"post": 2},
    }
    result = find(charlie, "blood", type="news,kpi")
    assert sorted(titles(result)) == ["Blood bank opens", "Blood units"]
    assert result.facets["kind"] == {"managed": 1, "automated": 1}
    assert result.facets["type"] == {"post": 2, "kpi": 1, "news": 1, "process": 1}
    assert find(charlie, "blood", kind="managed", type="kpi").count == 0


def test_one_walks_down_the_departments(mixed, find, alice):
    assert find(alice, "blood", department=f"{ROOT}/emergency").facets["department"] == {f"{ROOT}/emergency/trauma": 1}
    assert find(alice, "blood", department=f"{ROOT}/emergency/trauma").facets["department"] == {}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"plugin": "microblog"}, ["Blood donors wanted", "Blood is low"]),
        ({"topic": "orders"}, ["Blood orders"]),
        ({"topic": "blood", "kind": "managed"}, ["Blood bank opens", "Blood orders"]),
        ({"department": "merekaar-hospitals/emergency"}, ["Blood donors wanted", "Blood is low", "Blood orders"]),
        ({"department": "merekaar-hospitals/emergency/trauma"}, ["Blood is low"]),
        ({"department": "merekaar-hospitals/emerg"}, []),
        ({"department": "merekaar-hospitals/emergency", "plugin": "microblog", "topic": "blood"}, []),
        ({"topic": "no such thing"}, []),
        ({"language": "et"}, []),
        ({"time": "month", "department": "merekaar-hospitals/laboratory"}, ["Blood bank opens"]),
        ({"kind": "managed", "type": "no such thing"}, []),
    ],
)
def test_filters_narrow_hits_count_and_facets_alike(mixed, find, charlie, filters, expected):
    result = find(charlie, "blood", **filters)
    assert sorted(titles(result)) == expected
    assert result.count == len(expected)
    assert result.facets["kind"].get("automated", 0) == 0


def test_one_authors_things_are_found(mixed, find, alice, charlie):
    assert titles(find(charlie, "blood", author_id=alice.pk)) == ["Blood is low"]


def test_pages_end_where_results_can_no_longer_be_paged_through(alice):
    assert SearchRequest(person=alice, q="x", page=50, size=20).offset == 980
    with pytest.raises(TooDeep):
        SearchRequest(person=alice, q="x", page=51, size=20)
    with pytest.raises(ValueError, match="begin at 1"):
        SearchRequest(person=alice, q="x", page=0)


def test_the_request_stays_small_with_everything_chosen(db, alice):
    everything = {"kind": "user", "type": "post,question", "plugin": "microblog", "author_id": 5}
    everything |= {"topic": "sepsis", "language": "en", "time": "week"}
    asked = SearchRequest(person=alice, q="hand hygiene ward", **everything)
    request = body(parse(asked.q), asked, now=timezone.now(), excluded=[], departments=None)
    audiences = request["query"]["function_score"]["query"]["bool"]["filter"].pop(0)
    assert set(audiences["terms"]) == {"audience"}
    assert len(json.dumps(request, separators=(",", ":"))) < 5 * 1024
    assert len(request["post_filter"]["bool"]["filter"]) == len(everything)
    assert set(conditions(asked, timezone.now())) == FACETS_CHOSEN


FACETS_CHOSEN = set(FACETS) - {"department"}


def test_the_page_offers_what_narrows_and_says_what_is_chosen(mixed, as_alice, alice):
    offered = {f["name"]: f for f in as_alice.get("/search/", {"q": "blood"}).context["facets"]}
    assert [(o["label"], o["count"]) for o in offered["department"]["options"]] == [("Emergency", 4), ("Laboratory", 2)]
    assert [o["label"] for o in offered["author"]["options"]][1] == alice.display_name
    assert "time" in offered
    chosen = {"q": "blood", "author": str(alice.pk), "topic": "", "department": f"{ROOT}/emergency/trauma"}
    page = as_alice.get("/search/", chosen)
    assert [(f["label"], f["remove_url"]) for f in page.context["applied"]] == [
        ("Trauma", f"?q=blood&author={alice.pk}"),
        (alice.display_name, f"?q=blood&department={ROOT}/emergency/trauma"),
    ]
    offered = {f["name"]: f for f in page.context["facets"]}
    assert [(o["label"], o["count"], o["chosen"]) for o in offered["department"]["options"]] == [("Trauma", 1, True)]
    assert 'type="radio" name="author" value=""' in page.content.decode()


def test_people_are_offered_as_people(publish, employ, as_alice):
    employ("Blood", "Kask")
    publish("Blood bank")
    (offered,) = [f for f in as_alice.get("/search/", {"q": "blood"}).context["facets"] if f["name"] == "type"]
    assert {str(option["label"]): option["count"] for option in offered["options"]} == {"People": 1, "Posts": 1}


def test_of_thousands_of_authors_those_of_the_most_matches_are_counted(publish, find, alice, as_alice):
    people = [factories.person(f"writer{number}") for number in range(32)]
    for person in [*people, *people[:31]]:
        publish("Blood is low", kind="user", type="post", author=person)
    counts = find(alice, "blood").facets["author"]
    assert len(counts) == 30
    assert set(counts.values()) == {2}
    rarest = people[31]
    result = find(alice, "blood", author_id=rarest.pk)
    assert result.count == 1
    html = as_alice.get(f"/search/?q=blood&author={rarest.pk}").content.decode()
    (option,) = re.findall(rf'<input[^>]*name="author" value="{rarest.pk}".*?</label>', html, re.DOTALL)
    assert re.search(r">\s*1\s*<", option), option
