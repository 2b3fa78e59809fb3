"""`/metrics`: figures for a monitoring system, and nothing that anybody wrote."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from portal.catalogue.models import Outbox
from portal.settings import env
from tests import factories

TOKEN = "a-token-of-the-monitoring"


def samples(body: str) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(body)
    return {(sample.name, sample.labels["engine"]): sample.value for family in families for sample in family.samples}


@pytest.fixture
def some(organisation, settings):
    """Three entries wait, one of them since long, and one was refused."""
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"  # never asked: the figures come from the outbox
    for number in range(4):
        factories.entry(title=f"Secret title {number}")
    Outbox.objects.all().delete()
    for number in range(4):
        Outbox.objects.create(
            entry_id=number,
            engine="elasticsearch",
            version=1,
            attempts=int(number == 3),
            error="secret words" if number == 3 else "",
            created_at="2026-01-01T00:00:00Z",
        )


def test_metrics_tell_how_far_each_index_is_behind(some, client):
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    told = samples(answer.content.decode())
    assert told["folkmoot_search_index_waiting_entries", "elasticsearch"] == 3
    assert told["folkmoot_search_index_postponed_entries", "elasticsearch"] == 1
    assert told["folkmoot_search_index_oldest_waiting_seconds", "elasticsearch"] > 1_000_000
    assert told["folkmoot_search_index_waiting_entries", "database"] == 0
    assert told["folkmoot_search_index_oldest_waiting_seconds", "database"] == 0


def test_metrics_hold_nothing_that_anybody_wrote(some, client):
    assert "ecret" not in client.get("/metrics").content.decode()


def test_readiness_tells_the_same_in_parts(some, client):
    told = client.get("/readyz").json()
    assert told["index_lag"]["elasticsearch"] == 4
    parts = told["indexes"]["elasticsearch"]
    assert (parts["waiting"], parts["postponed"]) == (3, 1)
    assert parts["oldest_seconds"] > 1_000_000
    assert "secret" not in str(told)


@pytest.mark.parametrize("address", ["10.0.0.7", "192.0.2.1", "::2", "", "127.0.0.1.evil"])
def test_without_a_token_other_machines_get_no_metrics(some, client, as_ida, address):
    for who in (client, as_ida):
        assert who.get("/metrics", REMOTE_ADDR=address).status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_behind_a_proxy_nobody_is_taken_for_this_machine(some, client, header):
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


def test_with_a_token_only_the_token_opens_metrics(some, settings):
    settings.FOLKMOOT_METRICS_TOKEN = TOKEN
    client = Client()
    for refused in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": "Bearer "}):
        assert client.get("/metrics", headers=refused).status_code == 404
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=right, REMOTE_ADDR="10.0.0.7").status_code == 200
    assert client.head("/metrics", headers=right).status_code == 200
    for method in ("post", "put", "delete", "patch"):
        assert getattr(client, method)("/metrics", headers=right).status_code == 405


def test_metrics_cost_one_query_however_much_waits(some, client):
    counts = []
    for more in (1, 20):
        Outbox.objects.bulk_create(
            Outbox(entry_id=1000 * more + n, engine="database", version=1, created_at="2026-01-01T00:00:00Z")
            for n in range(more)
        )
        with CaptureQueriesContext(connection) as queries:
            client.get("/metrics")
        counts.append(len(queries))
    assert counts == [1, 1]  # the outbox


def test_a_token_that_is_easily_guessed_is_refused_at_the_start(tmp_path):
    with pytest.raises(env.ImproperlyConfigured, match="FOLKMOOT_METRICS_TOKEN"):
        env.read({"FOLKMOOT_DATA_DIR": str(tmp_path), "FOLKMOOT_METRICS_TOKEN": "short"})
