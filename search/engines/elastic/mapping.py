"""The index: its analysis, its fields, and how an entry becomes a document."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from portal.catalogue.details import topic_slug
from portal.catalogue.models import Entry
from search.analysis import LONGEST_WORD, composed, compounds, languages_of
from search.conf import INDEXED_CHARACTERS, LANGUAGES

_STEMMERS = {"en": "porter2", "et": "estonian", "sv": "swedish", "nl": "dutch", "de": "german"}
_STEMMED_IN_ALL = 20_000  # characters of a body in an unknown language that are stemmed in every language
_DOCUMENTS = 2  # add one when what goes into a field changes
_FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


def _analysis() -> dict[str, Any]:
    analyzers: dict[str, Any] = {
        # Both forms at one place: with its diacritics a word is found by either, and better by its own.
        "folded": {"type": "custom", "tokenizer": "words", "filter": ["lowercase", "cut", "both_forms"]},
    }
    filters: dict[str, Any] = {
        "both_forms": {"type": "asciifolding", "preserve_original": True},
        # Lucene refuses the whole entry for one word of more than 32,766 bytes.
        "cut": {"type": "truncate", "length": LONGEST_WORD},
    }
    for language, stemmer in _STEMMERS.items():
        filters[f"stem_{language}"] = {"type": "stemmer", "language": stemmer}
        analyzers[f"stemmed_{language}"] = {
            "type": "custom",
            "tokenizer": "words",
            "filter": ["lowercase", "cut", f"stem_{language}", "asciifolding"],
        }
    return {
        # Letters and digits make words, as in search.analysis.
        "tokenizer": {"words": {"type": "pattern", "pattern": r"[^\p{L}\p{N}]+"}},
        "filter": filters,
        "analyzer": analyzers,
        "normalizer": {"plain": {"type": "custom", "filter": ["lowercase", "asciifolding"]}},
    }


def _fields() -> dict[str, Any]:
    text = {"type": "text", "analyzer": "folded"}
    exact = {"raw": {"type": "keyword", "normalizer": "plain", "ignore_above": 1000}}
    keyword, number, moment = {"type": "keyword"}, {"type": "long"}, {"type": "date"}
    fields: dict[str, Any] = {
        "title": text | {"fields": exact},
        "names": text,
        "summary": text,
        "body": text,
        "codes": text | {"norms": False},
        "topics": keyword,
    }
    for language in LANGUAGES:
        stemmed = {"type": "text", "analyzer": f"stemmed_{language}"}
        fields |= {f"title_{language}": stemmed, f"text_{language}": stemmed}
    fields |= {name: keyword for name in ("kind", "type", "plugin", "language")}
    fields["checksum"] = {"type": "keyword", "index": False}
    fields |= {name: number for name in ("entry_id", "version", "audience", "gate", "department", "author")}
    fields["attached"] = {"type": "boolean"}
    return fields | {name: moment for name in ("published_at", "visible_from", "visible_until", "stale_from")}


def index_definition() -> dict[str, Any]:
    """Settings and mappings of a new index; `_meta` says which definition it was made from."""
    settings = {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",
        # Late writes of what a rebuild deleted meanwhile are still recognised as old.
        "gc_deletes": "1h",
        "analysis": _analysis(),
    }
    mappings = {"dynamic": False, "_source": {"includes": ["version"]}, "properties": _fields()}
    return {"settings": {"index": settings}, "mappings": mappings | {"_meta": {"definition": fingerprint()}}}


def fingerprint() -> str:
    """Changes whenever the definition does, or what documents are made of."""
    made = [_analysis(), _fields(), _DOCUMENTS]
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]


def document(entry: Entry) -> dict[str, Any]:
    """The entry as Elasticsearch keeps it."""
    title, summary, body = composed(entry.title), composed(entry.summary), composed(entry.body[:INDEXED_CHARACTERS])
    topics = [composed(str(topic)) for topic in entry.topic_names]
    author = composed(entry.author.display_name) if entry.author else ""
    found = {
        "entry_id": entry.pk,
        "version": entry.version,
        "kind": entry.kind,
        "type": entry.type,
        "plugin": entry.plugin,
        "language": entry.language,
        "attached": entry.subject_id is not None,
        "audience": entry.audience_id,
        "gate": entry.gate_id,
        "department": entry.department_id,
        "author": entry.author_id,
        "topics": [topic_slug(topic) for topic in topics],
        "published_at": entry.published_at,
        "visible_from": entry.visible_from,
        "visible_until": entry.visible_until or _FOREVER,
        "stale_from": entry.stale_from,
        "title": title,
        "names": [*topics, author],
        "summary": summary,
        "body": body,
        "codes": compounds(" ".join([title, summary, body])),
    }
    found |= _stemmed(languages_of(entry.language), title, [summary, *topics], body)
    return found | {"checksum": checksum(found)}


def checksum(document: dict[str, Any]) -> str:
    """Tells documents of one version apart: 16 hexadecimal digits."""
    written = json.dumps(document, sort_keys=True, default=str)
    return hashlib.blake2b(written.encode(), digest_size=8).hexdigest()


def _stemmed(languages: tuple[str, ...], title: str, texts: list[str], body: str) -> dict[str, Any]:
    if len(languages) > 1:
        body = body[:_STEMMED_IN_ALL]
    found: dict[str, Any] = {}
    for language in languages:
        found |= {f"title_{language}": title, f"text_{language}": [*texts, body]}
    return found
