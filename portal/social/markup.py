"""Plain text as safe HTML: paragraphs, links, topics. Nobody's text is ever markup."""

from __future__ import annotations

import re
from functools import partial

import nh3
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from portal.catalogue.details import topic_slug

TOPICS = 10
TOPIC_LENGTH = 50

# A link is only what begins with http or https: other schemes stay the plain text they are.
_TOKENS = re.compile(r"(?P<url>https?://[^\s<>\"]+)|(?<![\w&/#])#(?P<topic>\w+)", re.IGNORECASE)
_TRAILING = ".,;:!?'\u2019\u201d»"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def _end_of_url(url: str) -> int:
    """Where the address ends: without punctuation of the sentence and brackets that it does not open."""
    end = len(url)
    while end:
        last = url[end - 1]
        unopened = last in _PAIRS and url.count(last, 0, end) > url.count(_PAIRS[last], 0, end)
        if last not in _TRAILING and not unopened:
            break
        end -= 1
    return end


def _is_topic(name: str) -> bool:
    return len(name) <= TOPIC_LENGTH and any(c.isalpha() for c in name) and bool(topic_slug(name))


def hashtags(text: str) -> tuple[str, ...]:
    """The topics named in the text with #, each once and as first written, at most ten."""
    found: dict[str, str] = {}
    for match in _TOKENS.finditer(text):
        name = match["topic"]
        if name and _is_topic(name):
            found.setdefault(topic_slug(name), name)
    return tuple(found.values())[:TOPICS]


def _link(match: re.Match[str]) -> str:
    if match["url"]:
        end = _end_of_url(match["url"])
        address, rest = match["url"][:end], match["url"][end:]
        if len(address) <= len("https://"):
            return escape(match[0])
        return format_html('<a href="{}" rel="nofollow noopener noreferrer">{}</a>{}', address, address, rest)
    if not _is_topic(match["topic"]):
        return escape(match[0])
    return format_html('<a href="{}">#{}</a>', reverse("topic", args=[topic_slug(match["topic"])]), match["topic"])


def _paragraph(text: str) -> str:
    pieces, at = [], 0
    for match in _TOKENS.finditer(text):
        pieces += [escape(text[at : match.start()]), _link(match)]
        at = match.end()
    pieces.append(escape(text[at:]))
    return "<p>" + "".join(pieces).replace("\n", "<br>") + "</p>"


# The last word: whatever the steps above made, only this leaves.
_sanitised = partial(
    nh3.clean,
    tags={"p", "br", "a"},
    attributes={"a": {"href", "rel"}},
    url_schemes={"http", "https"},
    link_rel=None,
)


def html_of(text: str) -> SafeString:
    """Safe HTML of a plain text: escaped first, then paragraphs, web links and topics."""
    paragraphs = [_paragraph(part) for part in re.split(r"\n\s*\n", text) if part.strip()]
    return SafeString(_sanitised("".join(paragraphs)))
