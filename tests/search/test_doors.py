"""The page and the API, through HTTP, on every engine."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from portal.audience import tokens
from portal.audience.expressions import any_of
from search.query import FACETS
from search.suggest import suggest
from search.views import PageThrottle

PAGE, API = "/search/", "/api/v1/search/"


@pytest.fixture
def some(publish, alice, emergency, laboratory):
    only = any_of(tokens.department(emergency))
    publish("Blood bank opens", kind="managed", type="news", department=laboratory, summary="Open <b>daily</b>")
    publish("Blood is low", author=alice, department=emergency, plugin="microblog")
    publish("Blood secret", author=alice, department=emergency, audience=only)


def test_the_page_shows_results_with_what_was_sought_marked(some, as_bob):
    html = as_bob.get(PAGE, {"q": "blood"}).content.decode()
    assert "<mark>Blood</mark> secret" in html
    assert "Open &lt;b&gt;daily" in html
    assert 'aria-label="Filters"' in html or "Filters" in html


def test_the_page_shows_no_trace_of_what_is_for_others(some, as_charlie):
    response = as_charlie.get(PAGE, {"q": "blood"})
    assert "secret" not in response.content.decode()
    assert response.context["total"] == 2
    assert [tab["count"] for tab in response.context["tabs"]] == [2, 1, 1, 0]


def test_addresses_on_the_page_keep_the_other_filters(some, as_bob):
    response = as_bob.get(PAGE, {"q": "blood", "kind": "user", "type": "post", "author": ""})
    tabs = {str(tab["label"]): tab["url"] for tab in response.context["tabs"]}
    assert tabs["Everything"] == "?q=blood&type=post"
    assert response.context["kept"] == [("kind", "user")]
    assert response.context["applied"][0]["remove_url"] == "?q=blood&kind=user"


def test_a_page_that_no_longer_exists_shows_the_last_one(some, as_bob):
    response = as_bob.get(PAGE, {"q": "blood", "page": "9"})
    assert response.status_code == 200
    assert len(response.context["hits"]) == 3


def test_the_empty_search_page_asks_for_words(organisation, engine, as_bob):
    response = as_bob.get(PAGE)
    assert response.status_code == 200
    assert response.context["hits"] == []


def test_filters_without_a_word_are_shown_and_kept(some, as_bob):
    shown = as_bob.get(PAGE, {"kind": "managed", "time": "week"}).content.decode()
    assert "Last 7 days" in shown
    assert "Type a word" in shown
    for name, value in (("kind", "managed"), ("time", "week")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in shown


def test_a_chosen_kind_is_named_where_nothing_is_found(some, as_bob):
    assert "Search without filters" in as_bob.get(PAGE, {"q": "numbat", "kind": "user"}).content.decode()
    assert "Search without filters" not in as_bob.get(PAGE, {"q": "numbat"}).content.decode()


def test_people_stand_above_the_results(publish, alice, as_bob):
    publish("Alice Aav", obj=alice, type="person", author=alice, summary="Head of Emergency")
    publish("A thing by somebody", author=alice)
    response = as_bob.get(PAGE, {"q": "alice"})
    assert response.context["people"] == [alice]
    assert [hit.entry.title for hit in response.context["hits"]] == ["A thing by somebody"]


def test_the_api_gives_entries_counts_and_facets(some, as_bob, engine):
    body = as_bob.get(API, {"q": "blood", "kind": "user"}).json()
    assert (body["count"], body["count_exact"], body["next"]) == (2, True, None)
    assert (body["facets"]["kind"], body["facets"]["type"]) == ({"managed": 1, "user": 2}, {"post": 2})
    assert body["facets"]["department"] == {"merekaar-hospitals/emergency": 2}
    assert set(body["facets"]) == set(FACETS)
    assert (body["engine"], body["limited"]) == (engine, False)
    first = next(result for result in body["results"] if result["title"] == "Blood is low")
    assert first["title_html"] == "<mark>Blood</mark> is low"
    assert (first["kind"], first["type"], first["plugin"]) == ("user", "post", "microblog")
    assert first["department"] == "merekaar-hospitals/emergency"
    assert "snippet_html" in first


def test_the_api_hides_what_is_for_others(some, as_charlie):
    body = as_charlie.get(API, {"q": "blood"}).json()
    assert body["count"] == 2
    assert "secret" not in json.dumps(body)


def test_the_api_leads_to_the_next_page(publish, as_bob):
    for number in range(25):
        publish(f"Rota {number}", indexed=number == 24)
    first = as_bob.get(API, {"q": "rota"}).json()
    second = as_bob.get(first["next"]).json()
    assert second["next"] is None
    assert len({result["id"] for result in first["results"] + second["results"]}) == first["count"] == 25


@pytest.mark.parametrize("given", [{"page": "0"}, {"page": "-1"}, {"page": "x"}, {"page": "１"}, {"kind": "other"}])
def test_the_api_refuses_what_cannot_be(organisation, engine, as_bob, given):
    response = as_bob.get(API, {"q": "x", **given})
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert as_bob.get(PAGE, {"q": "x", **given}).status_code == 200


def test_search_needs_an_account(organisation, client):
    assert client.get(PAGE).status_code == 302
    assert client.get(API).status_code == 401


def test_a_page_costs_the_same_queries_however_much_there_is(publish, as_bob, alice, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    publish("Rota", author=alice)
    publish("Rota too", author=alice)
    counts = []
    for size in (2, 20):
        for number in range(size - 2):
            publish(f"Rota {number}", author=alice, indexed=number == size - 3)
        as_bob.get(PAGE, {"q": "rota"})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(as_bob.get(PAGE, {"q": "rota", "department": "merekaar-hospitals"}).context["hits"]) == size
        counts.append(len(queries))
        ours = [
            q["sql"] for q in queries if any(t in q["sql"] for t in ("catalogue_entry", "catalogue_outbox", "search_"))
        ]
        assert "INSERT" in ours.pop()  # once the answer is sent: that it was sought, see search.seeking
        assert len(ours) <= 3, ours
    assert counts[0] == counts[1]


# A39: search for `"`, NUL, 5,000 terms, page 10^6, lone surrogates, right-to-left marks

HOSTILE = [
    '"',
    '""',
    '"""',
    "'",
    "\\",
    "%00",
    "a%00b",
    quote("word " * 5000),
    quote(" ".join(f"word{number}" for number in range(5000))),
    "%ED%A0%80",
    "%ED%BF%BFblood",
    "%FF%FE",
    quote("\u202eblood\u200f\u2066"),
    quote("blood AND OR NOT NEAR(blood, 3) title:blood blood* ^blood {a b}"),
    quote("blood & | ! <-> :* (blood) 'blood'::tsquery"),
    quote("+blood -blood blood~ blood^9 /blood/ [a TO z] *:*"),
    quote("%' OR 1=1 --"),
    quote("{{ 7*7 }} {% debug %} {0} {scope} %s %(x)s"),
    quote("𝔟𝔩𝔬𝔬𝔡 \U0010ffff ﷽ ﬁ ½ İ"),
    quote("a" * 5000),
    quote(" ".join(letters * 8 for letters in ("hygeinea", "protokol", "meldesys"))),  # nothing is like them
    quote(" ".join("üöäõšžéí" * 8 for _word in range(3))),
    quote(" ".join("reisekostenabrechnungsst" for _word in range(8))),
    quote(" ".join(f"hygeine{chr(97 + number)}" for number in range(24))),
    quote("a-b-c-d-e-f-g-h-i-j " * 10),
    "%",
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("door", [PAGE, API])
def test_a39_no_text_breaks_search(some, as_bob, door, raw):
    response = as_bob.get(f"{door}?q={raw}")
    assert response.status_code in (200, 400)
    if door == API and response.status_code == 200:
        assert response.json()["limited"] is False


@pytest.mark.parametrize("page", ["1000000", "51", "9" * 400])
def test_a39_a_page_beyond_all_results_is_said_to_be_so(some, as_bob, page):
    response = as_bob.get(API, {"q": "blood", "page": page})
    assert response.status_code == 400
    page_response = as_bob.get(PAGE, {"q": "blood", "page": page})
    assert page_response.status_code in (200, 400)
    if len(page) < 10:
        assert "1000" in response.json()["errors"]["page"][0]
        shown = page_response.content.decode()
        assert "Only the first 1000 results" in shown
        assert "Nothing found" not in shown
        assert "Kinds of results" not in shown  # with their numbers
        assert "page=50" in shown


@pytest.mark.parametrize("name", ["kind", "type", "plugin", "department", "topic", "author", "page"])
@pytest.mark.parametrize("value", ["%00", "%ED%A0%80", quote("' OR 1=1"), quote("x," * 500), "99999999999999999999"])
@pytest.mark.parametrize("door", [PAGE, API])
def test_a39_no_filter_breaks_search(some, as_bob, door, name, value):
    assert as_bob.get(f"{door}?q=blood&{name}={value}").status_code in (200, 400)


def test_a39_who_searches_too_often_is_told_when_to_go_on(some, as_bob, as_alice, monkeypatch):
    monkeypatch.setattr(PageThrottle, "rate", "3/min", raising=False)
    for _number in range(3):
        assert as_bob.get(PAGE, {"q": "blood"}).status_code == 200
    answer = as_bob.get(PAGE, {"q": "blood"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "You have searched very often" in answer.content.decode()
    assert "Nothing found" not in answer.content.decode()
    assert as_bob.get(PAGE).status_code == 200
    assert as_bob.get(API, {"q": "blood"}).status_code == 200  # counted apart
    assert as_alice.get(PAGE, {"q": "blood"}).status_code == 200


def test_what_takes_place_or_is_due_says_when_and_how_it_stands(publish, as_bob, bob, settings):
    settings.TIME_ZONE = "Europe/Tallinn"
    bob.language = "sv"
    bob.save(update_fields=["language"])
    night = {"starts_at": "2031-12-06T21:00:00+01:00", "ends_at": "2031-12-07T07:00:00+01:00"}
    said = {"state": "bad", "state_text": "Cancelled"}
    publish("Numbat night", kind="automated", type="shift", facets=night | {"time_zone": "Europe/Stockholm"} | said)
    publish("Numbat papers", kind="automated", type="task", facets={"due": "2031-03-02"})
    publish("Numbat post")
    with translation.override("en"), timezone.override("UTC"):  # a request leaves the reader's behind
        html = as_bob.get("/search/", {"q": "numbat"}).content.decode()
        details = {item.text: item.detail for group in suggest(bob, "numb").groups for item in group.items}
    assert '<time class="hit__occasion" datetime="2031-12-06T22:00:00+02:00">lördag 6 december 2031, 22:00' in html
    assert "Cancelled" in html
    assert "2 mars 2031</time>" in html
    assert html.count("hit__occasion") == 2
    assert details["Numbat night"] == "6 december 2031, 22:00"
