"""The request of a search once more, so that it tells what each of its words added to the score of some hits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from search.engines.elastic.wording import Clause

_BETTER = ("title", "beside")  # in the order of Wording.better


def named(request: Clause, ids: Collection[int]) -> Clause:
    """The request with a name on everything that adds to the score, for these entries alone."""
    query = request["query"]
    words = query.get("function_score", {}).get("query", query)["bool"]
    wanted = words["must"]["bool"]
    must = wanted | {"should": [_named(str(number), clause) for number, clause in enumerate(wanted["should"])]}
    if "must" in wanted:
        must["must"] = _named("rest", {"bool": {"must": wanted["must"]}})
    better = [_named(name, clause) for name, clause in zip(_BETTER, words["should"], strict=False)]
    only = [*words["filter"], {"terms": {"entry_id": sorted(ids)}}]
    found = {"bool": words | {"must": {"bool": must}, "should": better, "filter": only}}
    return {"query": found, "size": len(ids), "_source": False}


def _named(name: str, clause: Clause) -> Clause:
    return {"bool": {"must": [clause], "_name": name}}


def read(answer: Mapping[str, Any]) -> dict[int, dict[str, float]]:
    """Entry id -> name -> what it added to the score."""
    return {int(hit["_id"]): dict(hit.get("matched_queries", {})) for hit in answer["hits"]["hits"]}
