"""The numbers of the ranking, in one place: what a match in a field weighs, and what makes an entry weigh more or less.

Tuned on the tuning part of the judged queries (bench/quality), and only there.
"""

from __future__ import annotations

PLAIN = ("title^8", "names^5", "summary^3", "body")
STEMMED = ("title_*^5", "text_*^0.8")
EXACT_TITLE = 30.0  # added where the title is just what was sought

ATTACHED = 0.7  # what is about something else (a comment) against what stands by itself
MANAGED = 1.15  # pages and what else editors keep
OWN_LANGUAGE = 1.1  # what is in the reader's language, or in none

SIMILAR = 0.5  # a word that differs by a letter or two against the word itself
SIMILAR_FROM = 4  # letters
NAMES_FROM = 5  # letters of a word of a name that may differ by two
