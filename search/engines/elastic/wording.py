"""The words that are sought as clauses of Elasticsearch, weighed by the numbers of search.ranking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.people.cards import TYPE as PERSON
from search.ranking import NAMES_FROM, SIMILAR_FROM, numbers
from search.terms import Query, Term

Clause = dict[str, Any]
_FIELDS = ("title", "names", "summary", "body")
_COMPOUND, _PART = 9, 4  # letters of a word that may consist of two, and of each of them
_LONGEST = 30  # letters of a word to which similar ones are sought
_CUTS = 24  # of all words of a query together


class Wording:
    """Makes the clauses of one request. `similar`: words may differ by a letter or two.

    `full`: so many terms have clauses of their own; the others stand together in `rest`, in few bytes.
    """

    def __init__(self, query: Query, *, similar: bool, full: int) -> None:
        self._similar, self._numbers = similar, numbers()
        self._terms, self._others = query.terms[:full], query.terms[full:]
        long = sum(_COMPOUND <= len(term.words[0]) <= _LONGEST for term in self._terms)
        self._cuts = _CUTS // max(long, 1)
        self._plain = [self._field(name, name) for name in _FIELDS]
        self._coded = [*self._plain, self._field("codes", "codes")]
        self._stemmed = [self._field("title_*", "title_stem"), self._field("text_*", "text_stem")]

    def _field(self, name: str, factor: str) -> str:
        number = self._numbers[factor]
        return name if number == 1 else f"{name}^{number:g}"

    def wanted(self) -> list[Clause]:
        """A clause for each of the terms that have their own, in their order."""
        return [self._term(term) for term in self._terms]

    def rest(self) -> list[Clause]:
        """All other terms, every one of which must be found as it is written or, words, in another form."""
        words = [term for term in self._others if term.written and not term.others]
        others = [term for term in self._others if term not in words]
        found = []
        for terms, fields in ((words, [*self._coded, *self._stemmed]), (others, self._coded)):
            if terms:
                found.append(_simple(" ".join(_text(term) for term in terms), fields))
        return found

    def _term(self, term: Term) -> Clause:
        """One term, or what means the same."""
        ways = [self._one(term), *(self._other(other) for other in term.others)]
        return any_of(ways)

    def better(self, query: Query) -> list[Clause]:
        """What is not needed but counts: the very title, and the words side by side."""
        exact = {"value": query.text, "boost": self._numbers["exact_title"]}
        ways: list[Clause] = [{"term": {"title.raw": exact}}]
        if len(query.terms) > 1:
            ways.append(_match(query.text, [self._beside(name) for name in _FIELDS], type="phrase"))
        return ways

    def _beside(self, name: str) -> str:
        """Titles and names already weigh much by their words, and a phrase in them is short."""
        share = {"title": 0.75, "names": 1.2, "summary": 2 / 3}.get(name, 1.0)
        return f"{name}^{self._numbers[name] * share:g}"

    def _other(self, term: Term) -> Clause:
        clause = self._one(term)
        boost = self._numbers["synonym"]
        return clause if boost == 1 else {"function_score": {"query": clause, "boost": boost}}

    def _one(self, term: Term) -> Clause:
        if term.parts:
            return {"bool": {"must": [self._term(part) for part in term.parts]}}
        if term.phrase:
            return _match(" ".join(term.words), self._plain, type="phrase")
        if term.code:
            parts = [_match(word, self._plain) for word in term.words]
            return any_of([_match(term.code, [self._coded[-1], *self._plain]), {"bool": {"must": parts}}])
        return any_of(self._word(term))

    def _word(self, term: Term) -> list[Clause]:
        word = term.words[0]
        ways = [_match(term.written or word, self._coded)]
        if term.stems:
            ways.append(_match(term.written, self._stemmed))
        if term.prefix:
            # Of letters and digits only, so nothing in it is an operator.
            ways.append(
                {"simple_query_string": {"query": f"{word}*", "fields": [*_FIELDS, "codes"], "flags": "PREFIX"}}
            )
        if self._similar and SIMILAR_FROM <= len(word) <= _LONGEST and not any(letter.isdigit() for letter in word):
            ways += self._like(word)
        return ways

    def _like(self, word: str) -> list[Clause]:
        """Words like it; names, which are heard rather than read, may differ by more and at their beginning."""
        boost = {"boost": self._numbers["similar"]}
        ways = [_match(word, self._plain, fuzziness="AUTO:4,8", prefix_length=1, **boost)]
        edits = 2 if len(word) >= NAMES_FROM else 1
        name = {"match": {"title": {"query": word, "fuzziness": edits, **boost}}}
        ways.append({"bool": {"must": name, "filter": {"term": {"type": PERSON.slug}}}})
        return ways + self._split(word, boost)

    def _split(self, word: str, boost: Clause) -> list[Clause]:
        """A long word as two that are written apart somewhere: "Reisekostenabrechnung" as "Reisekosten abrechnen".

        The likeliest places are those nearest to its middle.
        """
        places = range(_PART, len(word) - _PART + 1) if len(word) >= _COMPOUND else range(0)
        likeliest = sorted(places, key=lambda at: abs(2 * at - len(word)))[: self._cuts]
        if not likeliest:
            return []
        cuts = "|".join(f"({word[:at]} {word[at:]})" for at in likeliest)
        return [_simple(cuts, ["title_*", "text_*"], **boost)]


def any_of(ways: Sequence[Clause]) -> Clause:
    """Found in any of these ways; the best of them counts, the others a little."""
    return ways[0] if len(ways) == 1 else {"dis_max": {"tie_breaker": 0.1, "queries": list(ways)}}


def _match(text: str, fields: list[str], **more: Any) -> Clause:
    return {"multi_match": {"query": text, "fields": fields, **more}}


def _simple(text: str, fields: Sequence[str], **more: Any) -> Clause:
    """Of words of letters and digits only, so nothing in them is an operator; all of them must be found."""
    return {"simple_query_string": {"query": text, "fields": list(fields), "default_operator": "and", **more}}


def _text(term: Term) -> str:
    """The term, or what means the same, for `_simple`."""
    ways = [_text_of_one(way) for way in (term, *term.others)]
    return ways[0] if len(ways) == 1 else f"({'|'.join(ways)})"


def _text_of_one(term: Term) -> str:
    if term.parts:
        return f"({' '.join(_text(part) for part in term.parts)})"
    words = " ".join(term.words)
    if term.phrase:
        return f'"{words}"'
    if term.code:
        return f"({term.code}|({words}))"
    return f"({term.written or words}|{words}*)" if term.prefix else term.written or words
