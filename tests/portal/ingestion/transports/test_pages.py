"""Lists in pages: all of one list or nothing, within bounds; against a real server."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError as SettingsError

from portal.ingestion import pull, runner
from portal.ingestion.fetch import Fetcher, FetchError, Limits, Request
from portal.ingestion.models import Delivery
from portal.ingestion.transports import pages
from portal.ingestion.transports.login import Fixed
from portal.ingestion.transports.pages import fetch_pages
from portal.ingestion.transports.settings import TransportSettings
from portal.testing.adapters import make_source
from tests.portal.ingestion.server import answer, serving
from tests.portal.ingestion.transports.conftest import as_json

QUICK = Limits(seconds=5, patience=1)
ITEMS = [{"id": number, "name": f"item {number} “ü”", "share": number / 10} for number in range(7)]


def read(local, how, path="/list", limits=QUICK, **fields):
    with (
        Fetcher([local.host], limits) as fetcher,
        fetch_pages(fetcher, Request(local.url(path), **fields), how).body as body,
    ):
        return body.read()


def query(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


def in_pages(size=3, items=ITEMS, **more):
    """An answer by offset: `startAt`, a page of `size` or fewer if asked for fewer."""

    def handle(request):
        start = int(query(request).get("startAt", 0))
        document = {"data": {"items": items[start : start + size]}, "total": len(items), **more}
        as_json(document)(request)

    return handle


def test_pages_by_offset_become_one_document_with_the_list_at_its_place(local, transport):
    local.answers["/list"] = in_pages()
    how = transport(pages="offset", parameter="startAt", items_path="data.items")
    assert json.loads(read(local, how, "/list?jql=a%20b")) == {"data": {"items": ITEMS}}
    assert local.paths() == [f"/list?jql=a+b&startAt={n}" for n in (0, 3, 6, 7)]


def test_a_total_saves_the_request_after_the_last_page(local, transport):
    local.answers["/list"] = in_pages()
    how = transport(pages="offset", parameter="startAt", items_path="data.items", total_path="total")
    assert json.loads(read(local, how)) == {"data": {"items": ITEMS}}
    assert len(local.seen) == 3


def test_fewer_items_than_the_total_are_an_error(local, transport):
    local.answers["/list"] = in_pages(total=9)
    how = transport(pages="offset", parameter="startAt", items_path="data.items", total_path="total")
    with pytest.raises(FetchError, match="Of 9 items only 7 came"):
        read(local, how)


def test_pages_by_number_end_with_an_empty_one(local, transport):
    for number, items in ((1, [1, 2]), (2, [3]), (3, [])):
        local.answers[f"/list?page={number}"] = as_json(items)
    assert json.loads(read(local, transport(pages="number", parameter="page"))) == [1, 2, 3]
    local.answers["/list?page=0"] = as_json([])
    assert json.loads(read(local, transport(pages="number", parameter="page", first_page=0))) == []


def test_pages_by_cursor_end_without_one(local, transport):
    local.answers["/list"] = as_json({"items": [1], "meta": {"next": "a/b="}})
    local.answers["/list?after=a%2Fb%3D"] = as_json({"items": [2], "meta": {"next": 17}})
    local.answers["/list?after=17"] = as_json({"items": [3], "meta": {"next": None}})
    how = transport(pages="cursor", next_path="meta.next", parameter="after", items_path="items")
    assert json.loads(read(local, how)) == {"items": [1, 2, 3]}


def test_pages_by_the_next_address(local, transport):
    local.answers["/list"] = as_json({"results": [1], "next": "/list?page=2"})
    local.answers["/list?page=2"] = as_json({"results": [2], "next": local.url("/other")})
    local.answers["/other"] = as_json({"results": []})
    how = transport(pages="next", next_path="next", items_path="results")
    assert json.loads(read(local, how)) == {"results": [1, 2]}


@pytest.mark.parametrize(
    "link", ['<%s>; rel="next"', "<%s>; rel=next", '</x>; rel="first", <%s>; title="b"; rel="last Next"']
)
def test_pages_by_link_header(local, transport, link):
    local.answers["/list"] = as_json([1], link=link % "?page=2")
    local.answers["/list?page=2"] = as_json([2], link='</list>; rel="prev"')
    assert json.loads(read(local, transport(pages="link"))) == [1, 2]


def test_pages_of_lines_are_put_one_after_another_with_one_header(local, transport):
    local.answers["/list"] = answer(body=b"\xef\xbb\xbfid;text\na;one", link='</2>; rel="next"')
    local.answers["/2"] = answer(body=b"\xef\xbb\xbfid;text\nb;two\n", link='</3>; rel="next"')
    local.answers["/3"] = answer(body=b"")
    how = transport(pages="link", join="lines", header_lines=1)
    assert read(local, how) == b"\xef\xbb\xbfid;text\na;one\nb;two\n"


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (answer(body=b'{"items": [3', content_type="application/json"), "Page 2 is not whole JSON"),
        (answer(body=b'{"items": [NaN]}'), "Page 2 is not whole JSON"),
        (answer(body=b'{"items": ["\xff\xfe"]}'), "Page 2 is not whole JSON"),
        (answer(body=b"[" * 100_000), "Page 2 is not whole JSON"),
        (answer(body=b'{"items": [' + b"9" * 5000 + b"]}"), "Page 2 is not whole JSON"),
        (as_json({"error": "try later"}), "Page 2 has no list at “items”"),
        (as_json([1]), "Page 2 has no list"),
        (answer(500), "500"),
        (answer(404), "404"),
        (answer(body=b"<html>", content_type="text/html"), "text/html"),
        (as_json({"items": [1], "next": "/list?page=2", "total": 5}), "begins anew"),
    ],
)
def test_a_list_that_breaks_off_is_not_applied_at_all(local, transport, last, message):
    local.answers["/list"] = as_json({"items": [1], "next": "/list?page=2"})
    local.answers["/list?page=2"] = last
    how = transport(pages="next", next_path="next", items_path="items")
    with pytest.raises(FetchError, match=message):
        read(local, how, content_types=["application/json"])


def test_a_source_that_ignores_the_page_is_noticed(local, transport):
    local.answers["/list"] = as_json([1, 2])
    with pytest.raises(FetchError, match="Page 2 is the same"):
        read(local, transport(pages="number", parameter="page"))


def test_a_list_without_end_is_given_up(local, transport):
    def endless(request):
        number = int(query(request).get("page", 1))
        as_json([number])(request)

    local.answers["/list"] = endless
    with pytest.raises(FetchError, match="more than 4 pages"):
        read(local, transport(pages="number", parameter="page", max_pages=4))
    assert len(local.seen) == 4


def test_the_limit_of_bytes_holds_for_all_pages_together(local, transport):
    local.answers["/list"] = lambda request: as_json(["x" * 400, query(request)])(request)
    with pytest.raises(FetchError, match="more than 1000 bytes"):
        read(local, transport(pages="number", parameter="page"), limits=Limits(seconds=5, size=1000))
    assert len(local.seen) == 3


def test_a_page_that_is_too_large_to_parse_is_refused(local, transport, monkeypatch):
    monkeypatch.setattr(pages, "LARGEST_PAGE", 100)
    local.answers["/list"] = as_json(["x" * 100])
    with pytest.raises(FetchError, match="Page 1 has more than 100 bytes"):
        read(local, transport(pages="link"))


def test_the_time_limit_holds_for_all_pages_together(local, transport):
    import time

    def slow(request):
        time.sleep(0.3)
        as_json([query(request)])(request)

    local.answers["/list"] = slow
    with pytest.raises(FetchError, match="too slow"):
        read(local, transport(pages="number", parameter="page"), limits=Limits(seconds=1))
    assert 1 < len(local.seen) < 5


def test_a_page_in_trouble_is_tried_again_and_the_others_are_not(local, transport):
    busy = iter([answer(503, retry_after="0"), as_json([2], link='</3>; rel="next"')])
    local.answers |= {
        "/list": as_json([1], link='</2>; rel="next"'),
        "/2": lambda request: next(busy)(request),
        "/3": as_json([3]),
    }
    assert json.loads(read(local, transport(pages="link"))) == [1, 2, 3]
    assert local.paths() == ["/list", "/2", "/2", "/3"]


def test_the_log_in_is_not_sent_to_pages_elsewhere_and_those_inside_are_refused(local, transport):
    with serving() as other:
        local.answers["/list"] = as_json([1], link=f'<{other.url("/2")}>; rel="next"')
        with pytest.raises(FetchError, match="private network"):
            read(local, transport(pages="link"), login=Fixed("Bearer secret"))
        assert other.seen == []
        other.answers["/2"] = as_json([2], link=f'<{local.url("/3")}>; rel="next"')
        local.answers["/3"] = as_json([3])
        request = Request(local.url("/list"), login=Fixed("Bearer secret"))
        with Fetcher(["127.0.0.1"], QUICK) as fetcher:
            fetch_pages(fetcher, request, transport(pages="link")).body.close()
        assert ["authorization" in headers for _path, headers in local.seen[1:] + other.seen] == [True, True, False]


def test_a_next_address_of_another_scheme_is_refused(local, transport):
    local.answers["/list"] = as_json({"items": [1], "next": "file:///etc/passwd"})
    with pytest.raises(FetchError, match="http"):
        read(local, transport(pages="next", next_path="next", items_path="items"))


@settings(max_examples=25)
@given(
    items=st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)),
    size=st.integers(1, 4),
)
def test_what_is_joined_is_what_was_sent(items, size):
    items = [[number, item] for number, item in enumerate(items)]
    how = TransportSettings(pages="offset", parameter="startAt", items_path="data.items", total_path="total")
    with serving() as local:
        local.answers["/list"] = in_pages(size, items)
        assert json.loads(read(local, how)) == {"data": {"items": items}}


def test_a_pull_keeps_all_pages_as_one_delivery_and_of_half_a_list_nothing(local, emergency, texts):
    page = {"content_type": "text/csv"}
    local.answers["/"] = answer(body=b"a;one\n", link='</2>; rel="next"', **page)
    local.answers["/2"] = answer(404)
    source = make_source(
        "synthetic.lines",
        department=emergency,
        pull_from=local.url(),
        schedule="* * * * *",
        allowed_hosts=[local.host],
        transport={"pages": "link", "join": "lines"},
    )
    pull._pull_by_schedule(source, timezone.now())
    assert not Delivery.objects.exists()
    local.answers["/2"] = answer(body=b"b;two\n", **page)
    pull._pull_by_schedule(source, timezone.now())
    assert runner.run_waiting() == 1
    assert texts() == {"a": "one", "b": "two"}
    source.refresh_from_db()
    pull._pull_by_schedule(source, timezone.now())
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"pages": "cursor", "parameter": "x"},
        {"pages": "next"},
        {"pages": "number"},
        {"pages": "number", "parameter": "p", "join": "lines"},
        {"max_pages": 0},
        {"max_seconds": 3600},
        {"pages": "many"},
    ],
)
def test_settings_that_name_no_next_page_are_refused(transport, fields):
    with pytest.raises(SettingsError):
        transport(**fields)


def test_a_form_can_be_made_of_the_settings(transport):
    schema = type(transport()).model_json_schema()
    assert schema["properties"]["pages"]["enum"]
    assert schema["properties"]["max_seconds"]["maximum"] == 300
    assert not {"token", "secret", "password"} & schema["properties"].keys()
