"""A vocabulary that follows Zipf's law, and texts made from it."""

from __future__ import annotations

import random
from itertools import accumulate, product

VOCABULARY = 20_000
PARAGRAPHS, WORDS_EACH = 20_000, 25
_STARTS, _VOWELS, _ENDS = "bdfgklmnprstv", "aeiou", ("l", "n", "r", "s", "k", "m")


def vocabulary(seed: int) -> list[str]:
    """Made-up words that can be said, most frequent first, all of five letters, so none begins another."""
    parts = ["".join(pair) for pair in product(_STARTS, _VOWELS)]
    words = ["".join(letters) for letters in product(parts, parts, _ENDS)]
    random.Random(seed).shuffle(words)
    return words[:VOCABULARY]


class Words:
    """`common` is in most texts, `mid` in about one of a hundred, `rare` in a few of ten thousand."""

    def __init__(self, seed: int) -> None:
        self.words = vocabulary(seed)
        self.common, self.mid, self.rare = self.words[1], self.words[500], self.words[-1]
        self._chances = list(accumulate(1 / rank for rank in range(1, len(self.words) + 1)))
        chance = random.Random(seed)
        self._paragraphs = [" ".join(self._draw(chance, WORDS_EACH)) for _number in range(PARAGRAPHS)]

    def _draw(self, chance: random.Random, count: int) -> list[str]:
        return chance.choices(self.words, cum_weights=self._chances, k=count)

    def texts(self, chance: random.Random) -> tuple[str, str, str]:
        """Title, summary and body of one item; paragraphs are reused, pairs of them hardly ever."""
        first, second = (self._paragraphs[int(chance.random() * PARAGRAPHS)] for _part in range(2))
        return " ".join(self._draw(chance, 5)).capitalize(), first, f"{first}. {second}."
