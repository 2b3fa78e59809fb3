"""Which page of a long text holds what is sought: "page 3" of a document."""

from __future__ import annotations

from search.analysis import composed, fold
from search.conf import PAGED_SEARCHED, SNIPPET_SEARCHED
from search.highlight import Marker
from search.openings import SHARED, whole_words

BREAK = "\f"  # between pages, see portal.catalogue.card


def characters(size: int) -> int:
    """How much of each text is looked at where there are `size` results: the sum is bounded."""
    return max(SNIPPET_SEARCHED, PAGED_SEARCHED // size)


def best_page(marker: Marker, text: str, language: str) -> tuple[int, str]:
    """(number, text) of the first page with the most of what is sought; (0, "") if it is on none."""
    if not marker.openings:
        return 0, ""
    words_like = whole_words(marker.openings)
    enough = min(len(marker.openings), len(marker.query.terms))
    best, most = (0, ""), 0
    for number, page in enumerate(composed(text).split(BREAK), 1):
        words = (match.group() for match in words_like.finditer(page))
        found = len({fold(word)[:SHARED] for word in words if marker.spans(word, language)})
        if found > most:
            best, most = (number, page), found
        if most >= enough:
            break
    return best
