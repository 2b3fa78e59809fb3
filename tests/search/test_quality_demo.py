"""The judged queries fit the demo as it is seeded, and search answers them as well as it has to.

The demo's dates follow the day on which it is seeded. Figures do not hang on the clock by more than the room that is
left to the goals: posts and pages keep their distance from that day, only rosters and tasks change with the week.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from bench.quality import judged
from bench.scenarios.quality import LEAST, NEAR
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


def asked(found: dict[tuple[str, str, str], dict[str, Any]], group: str) -> int:
    """The number of queries of a group, in both parts."""
    return sum(found[RANKERS[0], part, group]["queries"] for part in judged.PARTS)


def test_every_judged_entry_is_there_for_who_asks_and_the_goals_are_met(seeded: Site, tmp_path: Path) -> None:
    result = tmp_path / "figures.json"
    done = measured(seeded, "--engines", ",".join(RANKERS), "--json", str(result))
    assert done.returncode == 0, done.stderr
    found = {(row["engine"], row["part"], row["of"]): row for row in json.loads(result.read_text())}
    for engine in RANKERS:
        for part, number in Counter(query.part for query in judged.load()).items():
            assert found[engine, part, "all"]["queries"] == number
            assert found[engine, part, "nothing"]["ndcg"] is None
            assert 0 <= found[engine, part, "nothing"]["silent"] <= 1
            if engine in LEAST:
                assert found[engine, part, "all"]["ndcg"] >= LEAST[engine], (engine, part)
    assert all(asked(found, language) >= 25 for language in judged.LANGUAGES)
    assert asked(found, "all") - asked(found, "nothing") >= 150
    assert asked(found, "nothing") >= 20
    if HAS_ELASTICSEARCH:
        misspelt = [found["elasticsearch", part, "misspelt"] for part in judged.PARTS]
        assert sum(row["near"] * row["queries"] for row in misspelt) >= NEAR * asked(found, "misspelt")
        left = _client(seeded).indices.get(index=f"{seeded.env['FOLKMOOT_SEARCH_PREFIX']}-stock-*")
        assert not left


# Who finds what by which words, on which page, and somebody else, who finds it too or does not.
DOCUMENTS = (
    ("employee", "birth certificate", "Form HR-204b, change of working hours", "page 2", "daan.meijer", True),
    ("employee", "linen machine", "Opening hours of all houses", "sheet 4", "daan.meijer", True),
    ("florian.wegner", "kilometersätze", "Tagegelder und Kilometersätze", "page 2", "employee", True),
    (
        "employee",
        "märgistuskaardid",
        "Erakorralise meditsiini osakonna valvekäsiraamat",
        "page 3",
        "daan.meijer",
        False,
    ),
    ("elin.sjogren", "återläsning", "SBAR-kort för fickan", "slide 4", "employee", False),
    ("daan.meijer", "reanimatieteam", "Kaart van de veertien allergenen", "page 2", "employee", False),
    ("jana.brandt", "depreciated", "Half-year figures by house", "sheet 3", "employee", False),
)
FIND = """
import json, sys
from portal.people.models import Person
from search.query import SearchRequest
from search.service import search
for username, words in json.loads(sys.stdin.read()):
    hits = search(SearchRequest(Person.objects.get(username=username), words)).hits
    print(json.dumps([[hit.entry.title, str(hit.page_label), "<mark>" in hit.snippet_html] for hit in hits
        if hit.entry.type == "document"]))
"""


def test_the_demos_documents_are_found_with_the_page_by_those_they_are_for(seeded: Site) -> None:
    asked = [(who, words) for reader, words, _title, _place, other, _open in DOCUMENTS for who in (reader, other)]
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", FIND],
        cwd=ROOT,
        env=seeded.env,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for number, (_reader, words, title, place, _other, is_open) in enumerate(DOCUMENTS):
        hit = [title, place, True]
        assert found[2 * number] == [hit], words
        assert found[2 * number + 1] == ([hit] if is_open else []), words
