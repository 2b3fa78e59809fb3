"""Beginnings of words that are spelt otherwise, as patterns: every engine compares with the same ones.

A wrong letter, one too many, one too few, or two in each other's place are one mistake, as in Damerau, "A technique
for computer detection and correction of spelling errors" (CACM 7(3), 1964). Patterns consist of letters, groups, the
dot and the question mark only, which Python and Lucene read alike; their length grows with the square of the word's.
"""

from __future__ import annotations

from functools import lru_cache

from search.ranking import NAMES_FROM, SIMILAR_FROM

_TWICE_FROM = 8  # letters of a word that may have two mistakes, one in each half
_COMPARED = 12  # letters; what follows may be anything


def may_differ(word: str, *, alone: bool) -> bool:
    """Whether a folded beginning may be misspelt: it is no number or code, and long enough.

    Beside other words one may be a letter shorter, since these leave few that fit.
    """
    least = SIMILAR_FROM if alone else SIMILAR_FROM - 1
    return len(word) >= least and not any(letter.isdigit() for letter in word)


@lru_cache(maxsize=1024)
def like(word: str) -> str:
    """The beginnings like this one of words in titles: the first letter is right."""
    return word[0] + _mistaken(word[1:_COMPARED], len(word) >= _TWICE_FROM)


@lru_cache(maxsize=1024)
def like_name(word: str) -> str:
    """The beginnings of names, which are heard rather than read: any letter may be wrong."""
    return _mistaken(word[:_COMPARED], len(word) > NAMES_FROM)


@lru_cache(maxsize=1024)
def like_whole(word: str) -> str:
    """Whole words with one mistake that is not their first letter: the nearest ones."""
    return word[0] + _once(word[1:])


def _mistaken(letters: str, twice: bool) -> str:
    half = (len(letters) + 1) // 2 if twice else 0
    return (_once(letters[:half]) if twice else "") + _once(letters[half:], last=True)


def _once(letters: str, *, last: bool = False) -> str:
    """The letters with at most one mistake. Of a beginning the `last` letter may be any, but there is one."""
    first, rest = letters[0], letters[1:]
    if not rest:
        return "." if last else f"({first}.?|.?|.{first})"
    ways = [first + _once(rest, last=last), f".?{rest}", f".{letters}"]
    if rest[0] != first:
        ways.append(rest[0] + first + rest[1:])
    return f"({'|'.join(ways)})"
