"""Similar spellings for the database's own engine: words of what the person may see that look like the one sought.

Only asked when nothing was found. Elasticsearch does this in its index; here the titles and names of the newest entries
are read and compared, so it is bounded rather than complete.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from search.analysis import WORD, fold
from search.query import SearchRequest
from search.ranking import SIMILAR_FROM
from search.scope import scope
from search.terms import Query, Term

_READ = 20_000  # entries whose words are compared
_WORDS = 3  # candidates for a word
_ALIKE = 0.75  # of difflib's ratio: one letter of four, two of eight


def respelt(query: Query, request: SearchRequest) -> list[Query]:
    """The query with words that exist in place of those that do not, the most alike first; one query."""
    known = _vocabulary(query, request)
    terms: list[list[Term]] = [_candidates(term, known) for term in query.terms]
    if not all(terms) or [one[0] for one in terms] == list(query.terms):
        return []
    tries = [replace(query, terms=tuple(one[0] for one in terms))]
    for place, candidates in enumerate(terms):
        for other in candidates[1:]:
            tries.append(replace(query, terms=(*tries[0].terms[:place], other, *tries[0].terms[place + 1 :])))
    return tries


def _vocabulary(query: Query, request: SearchRequest) -> set[str]:
    newest = scope(query, request).order_by("-published_at").values_list("title", "summary")[:_READ]
    return {fold(word) for texts in newest for text in texts for word in WORD.findall(text)}


def _candidates(term: Term, known: set[str]) -> list[Term]:
    """The term itself if it is known or cannot be misspelt; else terms of known words like it."""
    word = term.words[0]
    if not term.written or term.others or word in known or any(letter.isdigit() for letter in word):
        return [term]
    if len(word) < SIMILAR_FROM:
        return [term]
    found = get_close_matches(word, known, n=_WORDS, cutoff=_ALIKE)
    return [Term(words=(one,), written=one) for one in found]
