"""The main job, end to end, through HTTP only, on whichever stack runs: real server, worker, feeds and engines."""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime, timedelta

import httpx
import pytest

from tests.e2e.conftest import Feeds
from tests.e2e.site import Site, Visitor, eventually, form_fields
from tests.prepared import Demo

# Connections of the local feed and of visitors end with the test.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

WORD = "quokka" + secrets.token_hex(3)  # nothing else in the organisation mentions it
EMERGENCY = "merekaar/parnu/emergency"


def publish_news(editor: Visitor, title: str, *, text: str) -> None:
    """Writes and publishes a news page in the Wagtail admin, as a browser would: load the form, send it back."""
    listing = editor.get("/admin/pages/")
    section = re.search(r'/admin/pages/(\d+)/[^"]*"[^>]*>\s*News', listing.text) or re.search(
        r'href="/admin/pages/(\d+)/"', editor.get("/admin/api/main/pages/?child_of=root&format=json").text
    )
    parent = section[1] if section else news_section(editor)
    address = f"/admin/pages/add/cms/newspage/{parent}/"
    fields = form_fields(editor.get(address).text)
    block = secrets.token_hex(8)
    fields |= {
        "title": title,
        "slug": title.lower().replace(" ", "-"),
        "summary": f"About {WORD}.",
        "language": "en",
        "topics": "",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "heading",
        "body-0-id": block,
        "body-0-value": text,
        "action-publish": "action-publish",
    }
    answer = editor.form(address, fields)
    assert answer.status_code == 200, answer.text[:500]
    assert "has been published" in answer.text or "published" in answer.text.lower(), visible_errors(answer.text)


def news_section(editor: Visitor) -> str:
    """The id of the News section, from the explorer of the tree's root."""
    for page in ("1", "2", "3", "4"):
        listing = editor.get(f"/admin/pages/{page}/").text
        if found := re.search(r'/admin/pages/(\d+)/add_subpage/"[^>]*aria-label="[^"]*News', listing):
            return found[1]
        if found := re.search(r'href="/admin/pages/(\d+)/"[^>]*>\s*News\s*<', listing):
            return found[1]
    raise AssertionError("no section News in the explorer")


def visible_errors(html: str) -> str:
    return " | ".join(re.findall(r'class="error-message[^"]*"[^>]*>([^<]+)', html))[:500]


def csv_of(value: str) -> str:
    return (
        "kpi,name,unit,department,date,value,target,lower,upper,direction,owner,note\n"
        f"{WORD},Nights with {WORD},nights,{EMERGENCY},{datetime.now():%Y-%m-%d},{value},5,3,8,up,,\n"
        f"{WORD}-bad,Broken,nights,{EMERGENCY},{datetime.now():%Y-%m-%d},n/a,5,3,8,up,,\n"
    )


def calendar_of(person: str) -> str:
    day = f"{datetime.now() + timedelta(days=1):%Y%m%d}"
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//rota//EN", "BEGIN:VEVENT", f"UID:{WORD}@rota",
        f"DTSTAMP:{day}T000000Z", f"DTSTART:{day}T070000Z", f"DTEND:{day}T150000Z", f"SUMMARY:Day shift {WORD}",
        "CATEGORIES:day", f"ATTENDEE:mailto:{person}", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def tasks_of(person: str) -> str:
    task = {
        "id": WORD, "title": f"Feed the {WORD}", "assignee": person, "due": f"{datetime.now():%Y-%m-%d}",
        "state": "open", "url": "https://tasks.example/1", "system": "checklists", "priority": "normal",
        "updated": f"{datetime.now():%Y-%m-%dT%H:%M:%S}+00:00",
    }  # fmt: skip
    return json.dumps({"items": [task]})


def add_source(site: Site, slug: str, adapter: str, *more: str) -> str:
    """Adds a source on the command line, as IT would; its push secret."""
    said = site.manage_json(
        "ingest", "add", slug, "--adapter", adapter, "--name", slug, "--department", EMERGENCY, *more
    )
    return str(said["secret"])


@pytest.fixture
def sources(site: Site, feeds: Feeds) -> dict[str, str]:
    """A figure is pulled over HTTP on a schedule; a shift and a task are pushed, each twice, by signed webhook."""
    person = "liis.kask@merekaar.example"
    feeds.put("figures.csv", csv_of("4"))
    host = f"127.0.0.1:{feeds.port}"
    pull = ("--pull-from", feeds.url("figures.csv"), "--schedule", "* * * * *", "--allow-host", host)
    secrets_of = {
        "figures": add_source(site, f"figures-{WORD}", "kpis.csv", *pull),
        "rota": add_source(site, f"rota-{WORD}", "rosters.ical"),
        "tasks": add_source(site, f"tasks-{WORD}", "tasks.json"),
    }
    for name, body in (("rota", calendar_of(person)), ("tasks", tasks_of(person))):
        for _twice in range(2):  # a delivery repeated has one effect
            stamp = int(datetime.now().timestamp())
            answer = feeds.push(site, f"{name}-{WORD}", secrets_of[name], body.encode(), at=stamp)
            assert answer.status_code == 202, answer.text
    assert feeds.push(site, f"rota-{WORD}", "wrong", b"x").status_code == 401
    return secrets_of


def test_the_main_job(site: Site, feeds: Feeds, sources: dict[str, str]) -> None:
    editor, employee, it = site.visitor("editor"), site.visitor("employee"), site.visitor("it")

    # An editor publishes, an employee posts, systems deliver.
    publish_news(editor, f"News about {WORD}", text=f"All about {WORD}")
    posted = employee.api("POST", "microblog/posts/", json={"text": f"I looked after a {WORD} all night"})
    assert posted.status_code == 201, posted.text
    post = posted.json()
    said = employee.api("POST", "comments/", json={"entry": post["entry"], "text": f"What does a {WORD} eat?"})
    assert said.status_code == 201, said.text

    # One search finds all of it, with the right counts.
    expected = {"managed": 1, "user": 2, "automated": 3}
    found = eventually(
        lambda: (r := employee.found(WORD))["facets"]["kind"] == expected and r,
        seconds=120,
        what=f"search finds {expected}, not {employee.found(WORD)['facets']}",
    )
    assert found["count"] == 6
    assert sorted(hit["type"] for hit in found["results"]) == ["comment", "kpi", "news", "post", "shift", "task"]
    for kind, count in expected.items():
        assert employee.found(WORD, kind=kind)["count"] == count
    page = employee.get("/search/", params={"q": WORD})
    assert f"News about {WORD}" in page.text.replace("<mark>", "").replace("</mark>", "")

    # The malformed row was refused with a reason, and kept.
    rejected = site.manage("ingest", "rejected", f"figures-{WORD}", "--json")
    assert "n/a" in rejected
    assert "not a number" in rejected

    # The expertise finder knows who wrote about it.
    experts = employee.api("GET", "expertise/", params={"q": WORD}).json()["results"]
    evidence = {expert["person"]["name"]: expert["evidence"] for expert in experts}
    assert evidence.keys() == {"Karin Vogt", "Liis Kask"}
    assert all(evidence.values())

    # A colleague of another department sees the news and nothing that is for the first one.
    assert {hit["type"] for hit in editor.found(WORD)["results"]} == {"news"}
    assert editor.found(WORD)["facets"]["kind"] == {"managed": 1, "user": 0, "automated": 0} or (
        editor.found(WORD)["facets"]["kind"] == {"managed": 1}
    )
    assert editor.get(post["url"]).status_code == 404
    assert WORD not in editor.get("/app/microblog/").text

    before = employee.api("GET", f"content/{post['entry']}/").json()
    switch_microblog(it, "forced_off")
    hidden_everywhere(site, employee, post)
    switch_microblog(it, "inherit")
    eventually(lambda: employee.found(WORD)["count"] == 6, what="the post and its comment are back")
    assert employee.api("GET", f"content/{post['entry']}/").json() == before
    assert employee.get(post["url"]).status_code == 200


def switch_microblog(it: Visitor, state: str) -> None:
    body = {"department": "merekaar/parnu", "state": state, "reason": "A quiet week"}
    answer = it.api("PUT", "plugins/microblog/rules/", json=body)
    assert answer.status_code == 200, answer.text


def hidden_everywhere(site: Site, employee: Visitor, post: dict[str, object]) -> None:
    """Gone from search, counts, timeline, page and API, the comment on it included."""
    eventually(lambda: employee.found(WORD)["count"] == 4, seconds=5, what="search without the post")
    found = employee.found(WORD)
    assert found["facets"]["kind"].get("user", 0) == 0
    assert {hit["type"] for hit in found["results"]} == {"kpi", "news", "shift", "task"}
    timeline = employee.api("GET", "timeline/").json()["results"]
    assert all(item["url"] != post["url"] for item in timeline)
    assert f"looked after a {WORD}" not in employee.get("/").text
    refused = employee.get(str(post["url"]), headers={"Accept": "application/json"})
    assert refused.status_code == 403
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert "kept" in refused.json()["detail"]
    assert employee.api("GET", "microblog/posts/").status_code == 403
    assert employee.api("GET", f"content/{post['entry']}/").status_code == 403
    assert employee.api("GET", "content/", params={"kind": "user"}).text.count(WORD) == 0


def test_elasticsearch_goes_away_and_comes_back(site: Site, demo: Demo) -> None:
    """Writing and searching go on without it; when it is back the index catches up without a command (F1, F2)."""
    if demo.services is None:
        pytest.skip("other stack: Elasticsearch is not part of this one")
    employee, word = site.visitor("employee"), "wombat" + secrets.token_hex(3)
    eventually(lambda: employee.found("sepsis")["engine"] == "elasticsearch", seconds=60, what="the engine is up")
    demo.services.kill("elasticsearch")
    try:
        posted = employee.api("POST", "microblog/posts/", json={"text": f"A {word} in the garden"})
        assert posted.status_code == 201
        found = eventually(lambda: (r := employee.found(word))["count"] == 1 and r, what="the database finds it")
        assert found["engine"] == "database"
        assert found["limited"]
        assert "limited" in employee.get("/search/", params={"q": word}).text.lower()
    finally:
        demo.services.restart("elasticsearch")
    back = eventually(
        lambda: (r := employee.found(word))["engine"] == "elasticsearch" and r["count"] == 1 and r,
        seconds=90,
        what="Elasticsearch answers again, and knows the post",
    )
    assert not back["limited"]
    eventually(lambda: site.lag()["elasticsearch"] == 0, seconds=60, what="the index has caught up")


def test_refused_at_the_door(site: Site) -> None:
    """Nothing without log-in; `next` leads nowhere else (A37)."""
    for address in ("/", "/search/?q=x", "/people/", "/news/", "/app/microblog/", "/files/x.png", "/admin/"):
        answer = httpx.get(site.url + address)
        assert answer.status_code == 302, address
        assert "/accounts/login/" in answer.headers["location"]
    for address in ("/api/v1/content/", "/api/v1/search/?q=x", "/api/v1/microblog/posts/", "/api/v2/pages/"):
        assert httpx.get(site.url + address).status_code == 401, address
    visitor = Visitor(site.url)
    visitor.get("/accounts/login/?next=//evil.example/")
    answer = visitor.post(
        "/accounts/login/?next=//evil.example/",
        data={"username": "employee", "password": "folkmoot-demo", "next": "//evil.example/"},
        headers={"X-CSRFToken": visitor.token, "Referer": site.url},
        follow_redirects=False,
    )
    assert answer.headers["location"] == "/"


def test_a_deactivated_person_is_out_with_the_next_request(site: Site) -> None:
    """A24: session and token."""
    head = site.visitor("head")
    token = head.api("POST", "auth/token/", json={"username": "head", "password": "folkmoot-demo"}).json()["token"]
    headers = {"Authorization": f"Token {token}"}
    assert httpx.get(f"{site.url}/api/v1/timeline/", headers=headers).status_code == 200
    code = (
        "from portal.people.models import Person; from portal.people.actions import {0}_person as act; "
        "act(Person.objects.get(username='head'), acting_person=None)"
    )
    site.manage("shell", "-c", code.format("deactivate"))
    try:
        assert httpx.get(f"{site.url}/api/v1/timeline/", headers=headers).status_code == 401
        assert "/accounts/login/" in str(head.get("/").url)
        assert head.api("GET", "timeline/").status_code == 401
    finally:
        site.manage("shell", "-c", code.format("reactivate"))
