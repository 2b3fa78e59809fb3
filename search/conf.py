"""Search's numbers in one place; those an installation may change come from the settings."""

from __future__ import annotations

from django.conf import settings

QUERY_CHARACTERS = 200
QUERY_TERMS = 32
PAGE_SIZE = 20
DEEPEST = 1000  # results that can be paged through
INDEXED_CHARACTERS = 300_000  # of an entry's body
SNIPPET_SEARCHED = 20_000  # characters of the body in which the snippet is looked for
PAGED_SEARCHED = 6_000_000  # the same of all bodies with pages among the results together
COUNTED = 2_000  # matches counted by the database engine; beyond, counts are lower bounds
RANKED = DEEPEST  # of very many matches, by the database engine
TITLED = DEEPEST // 2  # of them at most those with the words in their titles
RECENT_DAYS = 90  # that a person's own searches are kept
RECENT_KEPT = 20  # of one person
LANGUAGES = ("en", "et", "sv", "nl", "de")

SEARCH_SECONDS = 0.7  # what a search waits for Elasticsearch
LATE_SECONDS = 60.0  # an index that is behind by more says so to readers
LOOK_SECONDS = 2.0  # what the worker waits for the answer to a short question
WRITE_SECONDS = 20.0  # what the worker waits for it


def index_prefix() -> str:
    """What the names of Elasticsearch indexes begin with; several installations may share a cluster."""
    return str(getattr(settings, "SEARCH_INDEX_PREFIX", "folkmoot"))


def elasticsearch_url() -> str:
    return str(getattr(settings, "ELASTICSEARCH_URL", "") or "")
