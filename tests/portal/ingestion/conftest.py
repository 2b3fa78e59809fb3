from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.catalogue.models import Entry
from portal.host.registry import registry
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source
from search import sweeps
from tests.portal.ingestion import synthetic
from tests.portal.ingestion.desk import keys
from tests.portal.ingestion.server import answer, serving


@pytest.fixture(autouse=True)
def synthetic_plugin(monkeypatch):
    monkeypatch.setattr(registry, "_plugins", {**registry.all(), synthetic.SLUG: synthetic.plugin()})


@pytest.fixture
def source(emergency) -> Source:
    return make_source("synthetic.lines", slug="lab-notes", name="the lab system", department=emergency)


@pytest.fixture
def news(emergency) -> Source:
    return make_source("synthetic.news", slug="lab-news", department=emergency)


@pytest.fixture
def texts() -> Callable[[], dict[str, str]]:
    """Of everything delivered: its name at the source and its text, with "(missing)" where it is gone."""

    def read() -> dict[str, str]:
        return {
            slug.partition("-")[2]: title + (" (missing)" if facets["missing"] else "")
            for slug, title, facets in _rows()
        }

    return read


def _rows():
    from portal.catalogue.models import Topic

    slugs = dict(Topic.objects.values_list("pk", "slug"))
    entries = Entry.objects.filter(plugin=synthetic.SLUG).order_by("pk")
    return [(slugs[int(entry.key)], entry.title, entry.facets) for entry in entries]


@pytest.fixture
def moment():
    """Moments of sending: moment(2) is a minute after moment(1)."""
    start = timezone.now() - timedelta(hours=1)
    return lambda number: start + timedelta(minutes=number)


@pytest.fixture
def index(settings) -> Callable[[], None]:
    """Search by the database alone; calling it does what the worker does until nothing waits."""
    settings.ELASTICSEARCH_URL = ""

    def run() -> None:
        while sweeps.database():
            pass

    return run


@pytest.fixture
def local():
    with serving() as server:
        yield server


@pytest.fixture
def desk(local, emergency):
    """Where things are done; `desk.keys` has what arrived, in order."""
    source = make_source(
        "synthetic.desk",
        slug="desk",
        name="the desk",
        department=emergency,
        pull_from=local.url(),
        allowed_hosts=[local.host],
        token="secret-token",
    )
    deliver(source, b"a;one\nb;two\nc;charlie\n")
    local.answers["/do"] = answer(201, b"{}", content_type="application/json")
    local.answers["/done"] = lambda request: answer(
        body=json.dumps(keys(local)).encode(), content_type="application/json"
    )(request)
    return source
