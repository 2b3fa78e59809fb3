"""How fresh delivered things are, for their readers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from portal.ingestion import freshness as module
from portal.ingestion.freshness import freshness, freshness_of
from portal.ingestion.models import Source
from portal.testing.adapters import deliver

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=timezone.get_default_timezone())


def read_ago(minutes, **fields):
    return Source(name="the lab system", last_success_at=NOW - timedelta(minutes=minutes), **fields)


@pytest.mark.parametrize(
    ("source", "stale"),
    [
        (read_ago(59, stale_after=60), False),
        (read_ago(61, stale_after=60), True),
        (read_ago(29, schedule="*/15 * * * *"), False),
        (read_ago(32, schedule="*/15 * * * *"), True),
        (read_ago(99999), False),
        (Source(), True),
    ],
)
def test_stale_is_what_missed_its_time(source, stale):
    assert module._is_stale(source, NOW) is stale


def test_freshness_is_told_with_the_name_and_costs_one_query_for_many(source, news, django_assert_num_queries):
    deliver(source, b"a;one\n")
    with django_assert_num_queries(1):
        found = freshness_of([source.pk, news.pk, source.pk])
    assert found[source.pk].source == "the lab system"
    assert found[source.pk].read_at == source.last_success_at
    assert (found[source.pk].stale, found[news.pk].stale) == (False, True)


def test_a_failed_delivery_leaves_the_moment_of_the_last_good_one(source):
    deliver(source, b"a;one\n")
    read_at = freshness(source).read_at
    deliver(source, b"BROKEN\n")
    assert freshness(source).read_at == read_at


def test_a_sender_whose_clock_is_ahead_is_not_read_in_the_future(source):
    deliver(source, b"a;one\n", sent_at=timezone.now() + timedelta(minutes=4))
    assert freshness(source).read_at <= timezone.now()
