"""`manage.py ingest`, as operators and scripts use it."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal.host import rules
from portal.ingestion.models import Source
from portal.testing.adapters import deliver, make_source
from tests import factories
from tests.portal.ingestion.formats.things import sheet
from tests.portal.ingestion.server import answer


def ingest(*args):
    out = StringIO()
    call_command("ingest", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_a_source_is_added_listed_and_run(local, emergency, texts):
    local.answers["/"] = answer(body=b"a|one\nx|bad\n")
    added = ingest(
        "add", "lines", "--adapter", "synthetic.lines", "--name", "the lab system", "--department",
        "merekaar-hospitals/emergency", "--pull-from", local.url(), "--schedule", "*/15 * * * *",
        "--allow-host", local.host, "--set", "separator=|", "--set", "width=40",
    )  # fmt: skip
    source = Source.objects.get()
    assert added == {"slug": "lines", "secret": source.secrets[0], "webhook": "/ingest/lines/"}
    assert source.settings == {"separator": "|", "width": 40}
    ran = ingest("run", "lines")
    assert (ran["state"], ran["new"], ran["rejected"]) == ("applied", 1, 1)
    assert texts() == {"a": "one"}
    (row,) = ingest("list")
    assert (row["slug"], row["department"], row["rejected"]) == ("lines", emergency.url_path, 1)
    assert (row["last_run"]["state"], row["last_run"]["new"]) == ("done", 1)
    (rejected,) = ingest("rejected", "lines")
    assert (rejected["position"], rejected["reason"]) == ("row 2", "there is no text; add one")
    assert source.secrets[0] not in json.dumps(row, default=str)


def test_the_department_may_be_given_without_the_organisation_or_be_it(organisation, emergency):
    ingest("add", "one", "--adapter", "synthetic.lines", "--department", "emergency")
    ingest("add", "two", "--adapter", "synthetic.lines")
    assert [s.department for s in Source.objects.all()] == [emergency, organisation]


def test_a_file_is_applied_in_place_of_fetching(source, tmp_path, texts):
    file = tmp_path / "lines.csv"
    file.write_bytes(b"a;one\n")
    assert ingest("run", source.slug, "--file", str(file))["new"] == 1
    assert ingest("run", source.slug, "--file", str(file))["unchanged"] == 1
    assert texts() == {"a": "one"}


def test_a_delivery_that_is_older_than_what_was_applied_is_told_as_ignored(source, moment):
    deliver(source, b"a;old\n", sent_at=moment(1))
    late = deliver(source, b"a;older\n", sent_at=moment(0))
    told = ingest("receipt", source.slug, str(late.delivery.receipt))
    assert (told["state"], "newer delivery" in told["error"]) == ("ignored", True)
    assert [one["state"] for one in ingest("history", source.slug)] == ["ignored", "done"]


def test_testing_shows_what_would_change_and_writes_nothing(source, tmp_path, texts):
    deliver(source, b"a;one\nb;two\nc;three\n")
    file = tmp_path / "lines.csv"
    file.write_bytes(b"a;one\nb;other\nd;four\nx;bad\n")
    shown = ingest("test", source.slug, "--file", str(file))
    assert {name: shown[name] for name in ("new", "changed", "unchanged", "rejected", "missing")} == {
        "new": 1, "changed": 1, "unchanged": 1, "rejected": 1, "missing": 1,
    }  # fmt: skip
    assert shown["rejections"] == ["row 4: there is no text; add one"]
    assert texts() == {"a": "one", "b": "two", "c": "three"}
    assert source.deliveries.count() == 1
    assert not source.rejected_items.exists()


def test_testing_fetches_too(local, source):
    local.answers["/"] = answer(body=b"a;one\n")
    ingest("set", source.slug, "--pull-from", local.url(), "--allow-host", local.host)
    assert ingest("test", source.slug)["new"] == 1
    assert not source.deliveries.exists()


def test_setting_one_thing_leaves_the_others(source):
    ingest("set", source.slug, "--set", "width=20", "--stale-after", "30", "--audience", "everyone")
    source.refresh_from_db()
    assert source.settings == {"separator": ";", "width": 20}
    assert (source.name, source.stale_after) == ("the lab system", 30)
    assert source.audience_expression.all == ()


def test_while_off_a_run_says_that_it_waits(source, emergency, tmp_path):
    file = tmp_path / "lines.csv"
    file.write_bytes(b"a;one\n")
    rules.set_rule("synthetic", emergency, rules.OFF, acting_person=None)
    assert ingest("run", source.slug, "--file", str(file))["state"] == "waiting"


def test_rejected_items_are_replayed_and_dropped(source):
    deliver(source, b"x;bad\na;one\n")
    assert ingest("replay", source.slug) == {"slug": source.slug, "deliveries": 1, "still_rejected": 1}
    assert ingest("drop", source.slug)["dropped"] == 1
    assert ingest("rejected", source.slug) == []


def test_secrets_are_rotated_and_reset(source):
    old = source.secrets[0]
    new = ingest("secret", source.slug, "--rotate")["secret"]
    assert Source.objects.get().secrets == [new, old]
    only = ingest("secret", source.slug, "--reset")["secret"]
    assert Source.objects.get().secrets == [only]


def test_pausing_and_resuming(source):
    ingest("pause", source.slug)
    assert ingest("list")[0]["paused"] is True
    ingest("resume", source.slug)
    assert ingest("list")[0]["paused"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "nowhere"), "no source 'nowhere'"),
        (("run", "lab-notes"), "give --file"),
        (("run", "lab-notes", "--file", "/absent"), "cannot be read"),
        (("test", "lab-notes"), "not delivered yet"),
        (("add", "x", "--adapter", "nothing"), "nothing"),
        (("add", "x", "--adapter", "synthetic.lines", "--department", "nowhere"), "no department 'nowhere'"),
        (("add", "x", "--adapter", "synthetic.lines", "--set", "width=wide"), "settings: width"),
        (("set", "lab-notes", "--schedule", "daily", "--pull-from", "a.csv"), "not a schedule"),
        (("secret", "lab-notes"), "required"),
    ],
)
def test_mistakes_are_told_in_one_line(source, arguments, message):
    with pytest.raises(CommandError, match=message):
        ingest(*arguments)


def test_a_source_that_cannot_be_read_is_told_in_one_line(local, source, tmp_path):
    ingest("set", source.slug, "--pull-from", local.url())
    with pytest.raises(CommandError, match="allow it for this source"):
        ingest("run", source.slug)
    file = tmp_path / "lines.csv"
    file.write_bytes(b"BROKEN\n")
    with pytest.raises(CommandError, match="row 1"):
        ingest("run", source.slug, "--file", str(file))


def test_people_read_lines(source):
    out = StringIO()
    call_command("ingest", "list", stdout=out)
    assert out.getvalue().startswith("slug lab-notes · name the lab system · adapter synthetic.lines")


def test_listing_costs_the_same_for_many_sources(source, emergency, django_assert_num_queries):
    from portal.testing.adapters import make_source

    deliver(source, b"a;one\n")
    for sources in (1, 5):
        while Source.objects.count() < sources:
            deliver(make_source("synthetic.lines", department=emergency), b"a;one\n")
        with django_assert_num_queries(3):  # sources with their counts, whom to tell, last runs
            assert len(ingest("list")) == sources


def test_how_a_source_is_read_is_set_shown_and_checked(source):
    told = ingest("set", source.slug, "--transport", "pages=number", "--transport", "parameter=page")
    assert told["transport"] == {"pages": "number", "parameter": "page"}
    told = ingest("set", source.slug, "--transport", "max_pages=7")
    assert told["transport"] == {"pages": "number", "parameter": "page", "max_pages": 7}
    with pytest.raises(CommandError, match=r"transport: .*next_path must be given"):
        ingest("set", source.slug, "--transport", "pages=cursor")


def test_what_is_held_is_shown_confirmed_and_discarded(source, texts, moment):
    rows = b"".join(b"n%d;text\n" % number for number in range(20))
    deliver(source, rows, sent_at=moment(1))
    deliver(source, b"", sent_at=moment(2))
    (held,) = ingest("held", source.slug)
    assert (held["state"], held["missing"]) == ("held", 20)
    assert held["error"].startswith("It delivers nothing")
    assert ingest("list")[0]["held"] == 1
    assert ingest("discard", source.slug)["state"] == "discarded"
    deliver(source, b"n1;text\n", sent_at=moment(3))
    (held,) = ingest("held", source.slug)
    confirmed = ingest("confirm", source.slug, held["receipt"])
    assert (confirmed["state"], confirmed["missing"]) == ("applied", 19)
    assert ingest("receipt", source.slug, held["receipt"]) == confirmed
    states = [run["state"] for run in ingest("history", source.slug)]
    assert states == ["done", "held", "held", "done"]
    assert [run["receipt"] for run in ingest("history", source.slug, "--limit", "1")] == [held["receipt"]]


def test_of_several_held_deliveries_one_must_be_named(news, moment):
    rows = b"".join(b"n%d;text\n" % number for number in range(20))
    deliver(news, rows, sent_at=moment(1))
    for minute, text in ((2, b"one"), (3, b"two")):
        deliver(news, rows.replace(b"text", text), sent_at=moment(minute))
    for arguments, said in (
        (("confirm", news.slug), "Several deliveries of lab-news are held"),
        (("confirm", news.slug, "7"), "'7' is no receipt"),
        (("discard", news.slug, "7" * 32), "There is no delivery"),
        (("confirm", news.slug, str(news.deliveries.last().receipt)), "not held"),
    ):
        with pytest.raises(CommandError, match=said) as refused:
            ingest(*arguments)
        assert "\n" not in str(refused.value)


def test_holding_telling_and_audience_are_set_and_shown(source, bob):
    shown = ingest(
        "set", source.slug, "--hold-share", "20", "--stale-after", "90", "--audience-roles", "heads,people",
        "--tell", "bob",
    )  # fmt: skip
    assert [shown[name] for name in ("hold_share", "stale_after", "audience_roles", "tell")] == [
        20, 90, ["people", "heads"], ["bob"],
    ]  # fmt: skip
    shown = ingest(
        "set", source.slug, "--hold-share", "none", "--stale-after", "none", "--audience-roles", "", "--tell", ""
    )
    assert [shown[name] for name in ("hold_share", "stale_after", "audience_roles", "tell")] == [None, None, [], []]
    for arguments in (("--tell", "nobody"), ("--audience-roles", "friends"), ("--hold-share", "101")):
        with pytest.raises(CommandError) as refused:
            ingest("set", source.slug, *arguments)
        assert "\n" not in str(refused.value)


def test_a_rejected_row_is_put_right(emergency):
    from portal.testing.adapters import make_source

    source = make_source("tasks.csv", department=emergency)
    factories.person("nina")
    deliver(source, b"id,title,assignee\n1,Count the beds,nino\n")
    (rejected,) = ingest("rejected", source.slug)
    said = ingest("fix", source.slug, str(rejected["id"]), rejected["raw"].replace("nino", "nina"))
    assert said == {"slug": source.slug, "said": "1 went in."}
    assert ingest("rejected", source.slug) == []
    assert ingest("rejected", source.slug, str(rejected["id"])) == rejected["raw"] == "1,Count the beds,nino"
    for number, text in ((0, "There is no rejected item 0"), (rejected["id"], "This was settled")):
        with pytest.raises(CommandError, match=text):
            ingest("fix", source.slug, str(number), "x")


def test_a_rejected_row_is_put_right_from_a_file_or_the_standard_input(emergency, tmp_path, monkeypatch):
    from portal.testing.adapters import make_source

    source = make_source("tasks.xlsx", department=emergency)
    factories.person("nina")
    deliver(source, sheet(["id", "title", "assignee"], [1, "Count the beds", "nino"], [2, "Water", "nino"]))
    first, second = (str(one["id"]) for one in ingest("rejected", source.slug))
    file = tmp_path / "item.txt"
    file.write_bytes("1,Count the beds,n\xe4na".encode("latin-1"))
    with pytest.raises(CommandError, match="not text in UTF-8"):
        ingest("fix", source.slug, first, "--file", str(file))
    file.write_text("\ufeff1,Count the beds,nina\n", encoding="utf-8")
    assert ingest("fix", source.slug, first, "--file", str(file))["said"] == "1 went in."
    monkeypatch.setattr("sys.stdin", StringIO("2,Water,nina\n"))
    assert ingest("fix", source.slug, second, "-")["said"] == "2 went in."
    for arguments in ((first,), (first, "x", "--file", str(file)), (first, "--file", "nowhere")):
        with pytest.raises(CommandError):
            ingest("fix", source.slug, *arguments)


def test_a_run_that_is_held_says_so_and_why(source, moment, tmp_path):
    deliver(source, b"a;one\n", sent_at=moment(1))
    file = tmp_path / "empty.csv"
    file.write_bytes(b"")
    with pytest.raises(CommandError, match="It delivers nothing"):
        ingest("run", source.slug, "--file", str(file))
    assert ingest("test", source.slug, "--file", str(file))["held"].startswith("It delivers nothing")


def test_a_source_is_deleted_while_nothing_hangs_on_it(source, ingest_figures):
    with pytest.raises(CommandError, match="came from this source"):
        ingest("delete", ingest_figures.slug)
    assert ingest("delete", source.slug) == {"slug": source.slug, "deleted": True}
    assert list(Source.objects.all()) == [ingest_figures]


@pytest.fixture
def ingest_figures(organisation):
    figures = make_source("kpis.csv", slug="figures")
    deliver(figures, b"kpi,date,value\ndoor,2026-11-24,34\n")
    return figures
