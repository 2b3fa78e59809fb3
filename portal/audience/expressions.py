"""Audience expressions in normal form: all of [any of tokens] and none of tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass

TOKEN_EVERYONE = "everyone"  # noqa: S105  a token of an audience, not a password


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
        return all(not tokens.isdisjoint(clause) for clause in self.all) and tokens.isdisjoint(self.none)


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


def excluding(expression: Expression, *tokens: str) -> Expression:
    """NOT: the same audience without those who have one of the tokens."""
    return _normal(expression.all, [*expression.none, *tokens])
