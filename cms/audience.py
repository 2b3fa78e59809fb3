"""Audiences as editors choose them: lists of departments, locations, roles and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group

from portal.audience import tokens
from portal.audience.expressions import EVERYONE, Expression, any_of, both
from portal.people.models import Department, Location, Role

# The lists of the form, and how the tokens of each begin; a token names a role by slug, all else by id.
KINDS = {"departments": "department", "locations": "location", "roles": "role", "groups": "usergroup"}
MODELS = {"departments": Department, "locations": Location, "roles": Role, "groups": Group}
MATCH_ALL, MATCH_ANY = "all", "any"


def stored_everyone() -> dict[str, Any]:
    return to_stored(EVERYONE)


def to_stored(expression: Expression) -> dict[str, Any]:
    """The expression as JSON for the page's column."""
    return {"all": [list(clause) for clause in expression.all], "none": list(expression.none)}


def from_stored(data: Mapping[str, Any]) -> Expression:
    return Expression(all=tuple(tuple(clause) for clause in data.get("all", ())), none=tuple(data.get("none", ())))


def token_of(kind: str, item: Any) -> str:
    """The token of one choice of the list `kind`."""
    if kind == "departments":
        return tokens.department(item)
    if kind == "groups":
        return tokens.usergroup(item.pk)
    return f"role:{item.slug}" if kind == "roles" else f"location:{item.pk}"


def compose(chosen: Mapping[str, Iterable[Any]], match: str) -> Expression | None:
    """One of each list that has choices (MATCH_ALL), or of any list (MATCH_ANY); None without a choice."""
    clauses = [[token_of(kind, item) for item in items] for kind, items in chosen.items()]
    clauses = [clause for clause in clauses if clause]
    if not clauses:
        return None
    if match == MATCH_ANY:
        return any_of(*(token for clause in clauses for token in clause))
    return both(*(any_of(*clause) for clause in clauses))


def decompose(expression: Expression) -> tuple[dict[str, list[str]], str] | None:
    """The keys chosen in each list, and the match; None for what the form's lists cannot say."""
    if expression.none or not all(expression.all):
        return None
    chosen: dict[str, list[str]] = {kind: [] for kind in KINDS}
    kinds_of_clauses = []
    for clause in expression.all:
        kinds = set()
        for token in clause:
            prefix, _sep, key = token.partition(":")
            kind = next((kind for kind, begin in KINDS.items() if begin == prefix), None)
            if kind is None:
                return None
            kinds.add(kind)
            chosen[kind].append(key)
        kinds_of_clauses.append(kinds)
    if len(kinds_of_clauses) == 1:
        return chosen, MATCH_ANY if len(kinds_of_clauses[0]) > 1 else MATCH_ALL
    single = [kinds.pop() for kinds in kinds_of_clauses if len(kinds) == 1]
    if len(single) < len(kinds_of_clauses) or len(set(single)) < len(single):
        return None
    return chosen, MATCH_ALL
