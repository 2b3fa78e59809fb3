"""Filters and what is counted, on every engine."""

from __future__ import annotations

import pytest

from portal.audience import tokens
from portal.audience.expressions import any_of
from search.query import SearchRequest, TooDeep
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
    publish("Blood units", kind="automated", type="kpi", plugin="kpis", department=laboratory)
    only = any_of(tokens.department(emergency))
    publish("Blood secret", kind="user", type="question", author=bob, audience=only, department=emergency)


def test_facets_count_what_the_person_may_see(mixed, find, alice, charlie):
    assert find(alice, "blood").facets == {
        "kind": {"managed": 2, "user": 3, "automated": 1},
        "type": {"post": 2, "kpi": 1, "news": 1, "process": 1, "question": 1},
    }
    result = find(charlie, "blood")
    assert result.facets["kind"] == {"managed": 2, "user": 2, "automated": 1}
    assert "question" not in result.facets["type"]


def test_kinds_are_counted_without_the_chosen_kind_and_types_within_it(mixed, find, charlie):
    result = find(charlie, "blood", kind="user")
    assert result.count == len(result.hits) == 2
    assert result.facets == {"kind": {"managed": 2, "user": 2, "automated": 1}, "type": {"post": 2}}
    result = find(charlie, "blood", type="news,kpi")
    assert sorted(titles(result)) == ["Blood bank opens", "Blood units"]
    assert result.facets["kind"] == {"managed": 1, "automated": 1}
    assert result.facets["type"] == {"post": 2, "kpi": 1, "news": 1, "process": 1}
    assert find(charlie, "blood", kind="managed", type="kpi").count == 0


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
