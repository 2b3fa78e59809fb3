from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.audience.expressions import EVERYONE, NOBODY, Expression, any_of, both, excluding, told

TOKENS = ["everyone", "department:1", "department:2", "group:7", "person:3", "role:nurse"]
token_sets = st.sets(st.sampled_from(TOKENS[1:])).map(lambda found: frozenset(found | {"everyone", told("group")}))
simple = st.one_of(
    st.just(EVERYONE),
    st.just(NOBODY),
    st.lists(st.sampled_from(TOKENS), max_size=3).map(lambda t: any_of(*t)),
)
expressions = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: both(*pair)),
        st.tuples(inner, st.sampled_from(TOKENS)).map(lambda pair: excluding(*pair)),
    ),
    max_leaves=6,
)


@given(expressions, expressions, token_sets)
def test_and_is_satisfied_by_whoever_satisfies_both(a, b, tokens):
    assert both(a, b).satisfied_by(tokens) == (a.satisfied_by(tokens) and b.satisfied_by(tokens))


@given(expressions, st.sampled_from(TOKENS), token_sets)
def test_not_takes_away_whoever_has_the_token(a, token, tokens):
    assert excluding(a, token).satisfied_by(tokens) == (a.satisfied_by(tokens) and token not in tokens)


@given(expressions, expressions)
def test_order_does_not_matter_to_the_key(a, b):
    assert both(a, b).key == both(b, a).key


@given(expressions)
def test_a_key_reads_back_as_the_same_expression(a):
    assert Expression.from_key(a.key) == a


def test_without_tokens_nobody_is_meant():
    assert any_of() == NOBODY
    assert not NOBODY.satisfied_by(frozenset({"everyone"}))


def test_everyone_adds_nothing_to_an_and():
    assert both(EVERYONE, any_of("group:7")) == any_of("group:7")


def test_a_wider_clause_beside_a_narrower_one_is_dropped():
    assert both(any_of("group:7"), any_of("group:7", "person:3")) == any_of("group:7")


def test_whoever_excludes_what_nobody_can_tell_excludes_everybody():
    expression = excluding(any_of("department:1"), "group:7")
    assert expression.satisfied_by({"department:1", told("group")})
    assert not expression.satisfied_by({"department:1"})
    assert not expression.satisfied_by({"department:1", told("group"), "group:7"})
    assert excluding(EVERYONE, "person:3").satisfied_by({"everyone", "person:4"})
