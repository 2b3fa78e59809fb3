"""What is sent to Elasticsearch stays small, whatever is asked; no server is needed for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from portal.people import tree
from portal.people.models import Department, Person
from search.engines.elastic.body import LARGEST, body
from search.facets import within
from search.query import SearchRequest
from search.terms import parse
from search.vocabulary import MEANINGS, Vocabulary

LONG = "Krankenhausverwaltungsgesellschaft Reisekostenabrechnung Handhygieneprotokoll Notaufnahmebereitschaft"
WORDS = "hygiene reporting equipment maintenance procedure emergency department telephone parking permits application"
WORST = {
    "12 real words": f"{WORDS} vacation",
    "32 words": " ".join(f"w{number}ord" for number in range(32)),
    "three endless words": " ".join(letter * 64 for letter in "abc"),
    "endless words of wide letters": " ".join("\U00020000" * 64 for _word in range(3)),
    "long words": f"{LONG} {LONG.lower()[::-1]}",
    "codes": " ".join(f"a{number}-b{number}" for number in range(30)),
    "phrases": " ".join(f'"aa b{number}"' for number in range(25)),
    "numbers": " ".join("+372 555 12345" for _number in range(12)),
}
EVERYTHING = {"kind": "user", "type": "post,question", "plugin": "microblog", "author_id": 123456}
EVERYTHING |= {"topic": "t" * 100, "language": "en", "time": "week"}


def size(person: Person, q: str, vocabulary: Vocabulary | None = None, similar: bool = False, **filters: Any) -> int:
    """Bytes besides the ids of audiences."""
    asked = SearchRequest(person=person, q=q, **filters)
    query = parse(asked.q, vocabulary) if vocabulary else parse(asked.q)
    departments = within(tree.current().at(asked.department)) if asked.department else None
    request = body(query, asked, now=timezone.now(), excluded=[], departments=departments, similar=similar)
    words = request["query"].get("function_score", {}).get("query", request["query"])
    audiences = words["bool"]["filter"].pop(0)
    assert set(audiences["terms"]) == {"audience"}
    return len(json.dumps(request, separators=(",", ":"), ensure_ascii=False).encode())


@pytest.mark.parametrize("similar", [False, True], ids=["as written", "similar"])
@pytest.mark.parametrize("filters", [{}, EVERYTHING], ids=["plain", "with every filter"])
@pytest.mark.parametrize("q", WORST.values(), ids=WORST)
def test_the_worst_request_is_under_5_kb_besides_audience_ids(db, alice, q, filters, similar):
    assert size(alice, q, similar=similar, **filters) <= LARGEST == 5120


@pytest.mark.parametrize("similar", [False, True], ids=["as written", "similar"])
def test_so_is_one_that_is_widened_by_all_the_meanings_there_may_be(db, alice, similar):
    meaning = " ".join(f"meaning{number}" for number in range(8))
    many = {(word,): tuple(f"{meaning}{other}" for other in range(MEANINGS)) for word in WORDS.split()}
    assert size(alice, WORDS, Vocabulary(synonyms=many), similar) <= LARGEST


def test_so_is_one_within_a_department_with_2000_below_it(emergency: Department, alice: Person, laboratory: Department):
    for number in range(2000):
        emergency.add_child(name=f"Team {number}", slug=f"team-{number}", url_path=f"{emergency.url_path}/{number}")
        emergency.refresh_from_db()
    tree._kept.forget()
    assert len(within(tree.current().at(emergency.url_path))) == 2001
    assert size(alice, WORST["12 real words"], department=emergency.url_path) <= LARGEST


def test_words_without_clauses_of_their_own_are_sought_nevertheless(db, alice):
    query, asked = parse(WORST["32 words"]), SearchRequest(person=alice, q=WORST["32 words"])
    request = body(query, asked, now=timezone.now(), excluded=[], departments=None)
    words = json.dumps(request["query"]["function_score"]["query"]["bool"]["must"])
    assert len(query.terms) > 25
    assert all(word in words for term in query.terms for word in term.words)
