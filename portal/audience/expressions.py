"""Audience expressions in normal form: all of [any of tokens] and none of tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass

TOKEN_EVERYONE = "everyone"  # noqa: S105  a token of an audience, not a password
CORE = frozenset({"everyone", "person", "location", "role", "usergroup", "department", "department-only", "head"})


def told(sort: str) -> str:
    """The mark that a person has with the tokens of a sort that is not the core's: these are all of them."""
    return f"{sort}:*"


def _is_told(token: str, tokens: Set[str]) -> bool:
    sort = token.partition(":")[0]
    return sort in CORE or told(sort) in tokens


@dataclass(frozen=True)
class Expression:
    """`all`: clauses, of each of which a person needs at least one token; `none`: tokens a person may not have.

    Always normalised (see `_normal`), so equal audiences have equal keys. No clause at all is everyone; an
    empty clause is nobody.
    """

    all: tuple[tuple[str, ...], ...] = ()
    none: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The canonical text under which the expression is interned."""
        return json.dumps({"all": self.all, "none": self.none}, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_key(cls, key: str) -> Expression:
        data = json.loads(key)
        return cls(all=tuple(tuple(clause) for clause in data["all"]), none=tuple(data["none"]))

    def satisfied_by(self, tokens: Set[str]) -> bool:
        """Whether these tokens open it. Who is excluded must be known: without `told` of that sort nobody passes."""
        if not all(not tokens.isdisjoint(clause) for clause in self.all):
            return False
        return tokens.isdisjoint(self.none) and all(_is_told(token, tokens) for token in self.none)


def _normal(clauses: Iterable[Iterable[str]], none: Iterable[str] = ()) -> Expression:
    """Sorts and removes what adds nothing: doubled tokens, clauses with everyone, clauses wider than another."""
    sets = {frozenset(clause) for clause in clauses}
    sets = {clause for clause in sets if TOKEN_EVERYONE not in clause}
    if frozenset() in sets or TOKEN_EVERYONE in set(none):
        return Expression(all=((),))
    kept = [clause for clause in sets if not any(other < clause for other in sets)]
    return Expression(all=tuple(sorted(tuple(sorted(clause)) for clause in kept)), none=tuple(sorted(set(none))))


EVERYONE = Expression()
NOBODY = Expression(all=((),))


def any_of(*tokens: str) -> Expression:
    """Whoever has at least one of the tokens; without tokens nobody."""
    return _normal([tokens])


def both(*expressions: Expression) -> Expression:
    """AND: whoever satisfies all of the expressions. The result is never wider than any of them."""
    clauses = [clause for expression in expressions for clause in expression.all]
    return _normal(clauses, [token for expression in expressions for token in expression.none])


def widened(expression: Expression, *tokens: str) -> Expression:
    """OR: whoever satisfies it, or has one of the tokens. Whom the expression excludes stays excluded."""
    return _normal([[*clause, *tokens] for clause in expression.all], expression.none)


def excluding(expression: Expression, *tokens: str) -> Expression:
    """NOT: the same audience without those who have one of the tokens."""
    return _normal(expression.all, [*expression.none, *tokens])
