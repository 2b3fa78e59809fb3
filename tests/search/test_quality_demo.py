"""The judged queries fit the demo as it is seeded, and the whole measurement runs on it, as its command does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from bench.quality import judged
from tests.e2e.site import ROOT, Site, drop_database
from tests.prepared import Demo
from tests.search.conftest import HAS_ELASTICSEARCH

RANKERS = ("database", "elasticsearch", "stock") if HAS_ELASTICSEARCH else ("database",)


@pytest.fixture(scope="module")
def seeded(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = demo.copied(tmp_path_factory.mktemp("quality"))
    if HAS_ELASTICSEARCH:
        site.manage("search", "rebuild", "--engine", "elasticsearch")
    yield site
    if HAS_ELASTICSEARCH:
        client, mine = _client(site), f"{site.env['FOLKMOOT_SEARCH_PREFIX']}*"
        client.indices.delete(index=list(client.indices.get(index=mine)))
    if own := site.env.get("DATABASE_URL"):
        drop_database(own)


def _client(site: Site) -> Elasticsearch:
    return Elasticsearch(site.env["ELASTICSEARCH_URL"])


def measured(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.quality", *arguments],
        cwd=ROOT,
        env=site.env,
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_every_judged_entry_is_there_for_who_asks_and_all_is_reported(seeded: Site, tmp_path: Path) -> None:
    result = tmp_path / "figures.json"
    done = measured(seeded, "--engines", ",".join(RANKERS), "--json", str(result))
    assert done.returncode == 0, done.stderr
    found = {(row["engine"], row["part"], row["of"]): row for row in json.loads(result.read_text())}
    for engine in RANKERS:
        for part, number in Counter(query.part for query in judged.load()).items():
            assert found[engine, part, "all"]["queries"] == number
            assert found[engine, part, "all"]["ndcg"] > 0.5
            assert found[engine, part, "nothing"]["ndcg"] is None
            assert 0 <= found[engine, part, "nothing"]["silent"] <= 1
    if HAS_ELASTICSEARCH:
        left = _client(seeded).indices.get(index=f"{seeded.env['FOLKMOOT_SEARCH_PREFIX']}-stock-*")
        assert not left
