"""Why a result stands where it does: its score as a sum of words, times what holds for the entry, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod

from django.utils import timezone
from django.utils.translation import gettext as _

from search.engines.base import Engine, Found
from search.highlight import Marker
from search.query import Explanation, Hit, Part, SearchRequest
from search.ranking import BY_NAME
from search.terms import Query, Term
from search.weights import Weight, holding


def explained(engine: Engine, query: Query, request: SearchRequest, found: Found, hits: Sequence[Hit]) -> list[Hit]:
    """The hits with their explanations: one more question to the engine and one to the database."""
    ids = [hit.entry.pk for hit in hits]
    held = holding(request, timezone.now(), ids)
    products = {pk: prod(weight.value for weight in weights) for pk, weights in held.items()}
    sums = engine.explain(query, request, found, products)
    return [_explained(hit, query, sums.get(hit.entry.pk, {}), held.get(hit.entry.pk, [])) for hit in hits]


def _explained(hit: Hit, query: Query, sums: Mapping[str, float], held: Iterable[Weight]) -> Hit:
    parts = [Part(_text(name, query, hit), number) for name, number in sums.items() if number]
    factors = [Part(str(BY_NAME[weight.name].label), weight.value) for weight in held]
    return replace(hit, explanation=Explanation(parts, factors, hit.score))


def _text(name: str, query: Query, hit: Hit) -> str:
    """`name`: the number of a term, `title` (just what is sought), `beside` (side by side), `rest` (the others of
    many words) or `words` (all of them)."""
    if name.isdigit():
        term = query.terms[int(name)]
        places = ", ".join(_places(term, hit))
        return f"“{' '.join(term.words)}” ({places})" if places else f"“{' '.join(term.words)}”"
    known = {
        "title": _("the title is just what is sought"),
        "beside": _("the words stand side by side"),
        "rest": _("all other words"),
        "words": _("the words, as the database measures them"),
    }
    return known[name]


def _places(term: Term, hit: Hit) -> list[str]:
    """Where the term is, as the marker of the page sees it."""
    marker, entry = Marker(Query("", (term,))), hit.entry
    author = entry.author.display_name if entry.author else ""
    texts = {
        _("title"): entry.title,
        _("topics and author"): " ".join([*map(str, entry.topic_names), author]),
        _("summary"): entry.summary,
        _("text"): getattr(entry, "opening", ""),
    }
    return [name for name, text in texts.items() if marker.spans(text, entry.language)]
