"""The language of what people write, told by the text itself."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings
from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SURE = 0.7  # of 1: below it the text says too little, as "Ok!" does
_READ = 2000  # characters
_NO_WORDS = re.compile(r"https?://\S+|[#@]\w+|[\d_]+")


def language_of(text: str, *, otherwise: str) -> str:
    """One of the organisation's languages; `otherwise` (the author's) where the text says too little to tell."""
    words = _NO_WORDS.sub(" ", text)[:_READ].strip()
    if not any(letter.isalpha() for letter in words):
        return otherwise
    found, sureness = _identifier().classify(words.lower() if words.isupper() else words)
    return str(found) if sureness >= _SURE else otherwise


@cache
def _identifier() -> LanguageIdentifier:
    """Read with the first text: it takes a moment, and most commands never need it."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    wanted = [code for code, _name in settings.LANGUAGES if code in identifier.labels]
    identifier.set_languages(wanted)
    return identifier
