"""The contract suite itself, on the synthetic adapter."""

from __future__ import annotations

from portal.catalogue.models import Topic
from portal.testing.adapters import AdapterContract


class TestLines(AdapterContract):
    adapter = "synthetic.lines"
    valid = b"a;first\nb;second\nc;third\n"
    one_less = b"a;first\nc;third\n"
    one_malformed = b"x;bad\n" + valid
    broken = b"a;changed\nBROKEN\n"

    def models(self):
        return [Topic]


class TestNews(TestLines):
    adapter = "synthetic.news"
