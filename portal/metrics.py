"""`/metrics`: figures for Prometheus. Counts and ages only: nothing that anybody wrote."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from portal.catalogue import outbox

# What a proxy adds. Behind one everybody seems to come from this machine, so only the token tells.
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


class IndexLag(Collector):
    """How far the index of each search engine is behind; one query."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = _gauge("waiting_entries", "Entries that the index of a search engine has not taken over yet.")
        postponed = _gauge("postponed_entries", "Entries that a search engine refused, and that are tried again.")
        oldest = _gauge("oldest_waiting_seconds", "How long the oldest of the waiting entries waits.")
        for engine, lag in outbox.lags().items():
            waiting.add_metric([engine], lag.waiting)
            postponed.add_metric([engine], lag.postponed)
            oldest.add_metric([engine], lag.oldest_seconds)
        yield from (waiting, postponed, oldest)


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"folkmoot_search_index_{name}", text, labels=["engine"])


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).

    404 for whoever has not the token of FOLKMOOT_METRICS_TOKEN or, where none is set, asks from another machine.
    """
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(IndexLag())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    if token := settings.FOLKMOOT_METRICS_TOKEN:
        return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}")
    return _is_local(request.META.get("REMOTE_ADDR", "")) and not any(name in request.headers for name in _FORWARDED)


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
