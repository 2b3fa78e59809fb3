"""Key figures from CSV: the shared contract, the format, and what readers are told of it."""

from __future__ import annotations

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from plugins.kpis.models import Kpi, Reading
from plugins.kpis.subscriptions import subscribe
from plugins.kpis.tests.samples import HEADER, cost, csv_of, day, row
from portal.catalogue.models import Entry
from portal.ingestion import adapters, runner
from portal.ingestion.adapter import Rejection, UnreadablePayload
from portal.ingestion.inbox import receive
from portal.notifications.models import Notification
from portal.testing.adapters import NEWCOMER, AdapterContract, deliver, make_source
from portal.timeline.models import Activity
from tests import factories

BODY = HEADER + "\ndoor,Door to doctor,min,,2026-11-20,36,40,25,45,down,,\nbeds,Beds,%,,2026-11-20,94,,78,92,none,,\n"


class TestContract(AdapterContract):
    adapter = "kpis.csv"
    valid = BODY.encode()
    one_less = BODY[: BODY.index("beds")].encode()
    one_malformed = (BODY + "door,Door to doctor,min,,2026-11-21,n/a,40,25,45,down,,\n").encode()
    broken = b"<html>503 Service Unavailable</html>"
    for_newcomer = (BODY + f"new,New,min,,2026-11-20,36,40,25,45,down,{NEWCOMER},\n").encode()


def read(body: bytes | str, source):
    return list(adapters.get("kpis.csv").read(io.BytesIO(body if isinstance(body, bytes) else body.encode()), source))


def reasons(body: str, source) -> list[str]:
    return [f"{part.position}: {part.reason}" for part in read(body, source) if isinstance(part, Rejection)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a,A,,,2026-11-20,n/a,,,,,,", "row 2: value 'n/a' is not a number"),
        ("a,A,,,2026-11-20,,,,,,,", "row 2: value is empty"),
        ("a,A,,,2026-11-20,NaN,,,,,,", "row 2: value 'NaN' is not a number"),
        ("a,A,,,2026-11-20,1e999,,,,,,", "row 2: value '1e999' is not a number"),
        (
            "a,A,,,2026-11-20,99999999999999,,,,,,",
            "row 2: value: This does not fit: Decimal input should have no more than 13 digits before the decimal point",  # noqa: E501
        ),
        ("a,A,,,20.11.2026,1,,,,,,", "row 2: date '20.11.2026' is not written as %Y-%m-%d"),
        ("a,A,,,2026-11-20,1,,9,2,,,", "row 2: lower 9 is above upper 2"),
        ("a,A,,,2026-11-20,1,,,,sideways,,", "row 2: direction 'sideways' is none of up, down, none"),
        ("a,A,,,2026-11-20,1", "row 2: it has 6 cells, the row of the columns 12"),
        ("a,A\x00,,,2026-11-20,1,,,,,,", "row 2: name holds a NUL character"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(line, reason, source):
    assert reasons(f"{HEADER}\n{line}\n", source) == [reason]


def test_a_row_without_a_name_of_its_figure_is_refused(source):
    assert reasons(f"{HEADER}\n,A,,,2026-11-20,1,,,,,,\n", source) == ["row 2: kpi is empty"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"name;value\nx;1\n",
        HEADER.encode("utf-16-le"),
        f"{HEADER}\na,A,,,2026-11-20,1,,,,,,\na,A,,,2026-1".encode(),
        f'{HEADER}\n"a,A,,,2026-11-20,1,,,,,,\n'.encode(),
        f"{HEADER}\na,J\xfcri,,,2026-11-20,1,,,,,,\n".encode("latin-1"),
    ],
)
def test_half_a_file_and_other_formats_are_refused_as_a_whole(body, source):
    with pytest.raises(UnreadablePayload):
        read(body, source)


def test_the_settings_say_how_numbers_dates_and_letters_are_written(emergency):
    source = make_source(
        "kpis.csv", department=emergency,
        settings={"delimiter": ";", "decimal_comma": True, "encoding": "latin-1", "date_format": "%d.%m.%Y"},
    )  # fmt: skip
    [item] = read("Kpi;Name;Date;Value\nn;Nähe;20.11.2026;1.234,5\n".encode("latin-1"), source)
    assert (item.name, item.date, item.value) == ("Nähe", date(2026, 11, 20), Decimal("1234.5"))


def test_a_source_speaks_only_for_its_home_and_below(source, emergency, laboratory):
    triage = factories.department("Triage", parent=emergency)
    good = f"a,A,,{triage.url_path},2026-11-20,1,,,,,,"
    named = "b,B,,triage,2026-11-20,1,,,,,,"
    foreign = f"c,C,,{laboratory.url_path},2026-11-20,1,,,,,,"
    parts = read(f"{HEADER}\n{good}\n{named}\n{foreign}\n", source)
    assert [part.department for part in parts[:2]] == [triage.url_path, triage.url_path]
    assert "is not merekaar-hospitals/emergency or below it" in parts[2].reason


def test_the_figure_is_one_entry_with_its_newest_reading(door, source):
    [entry] = Entry.objects.filter(type="kpi")
    assert (entry.title, entry.kind, entry.url) == ("Door to doctor", "automated", f"/app/kpis/{door.pk}/")
    assert entry.facets["value"] == 34
    assert entry.facets["points"] == [39, 36, 34]
    assert (entry.facets["state"], entry.facets["state_text"]) == ("ok", "On target")
    assert (entry.facets["source"], entry.facets["date"]) == ("ehr", day(0).isoformat())
    assert entry.own_audience.expression == source.audience_expression


def test_readings_that_come_late_do_not_change_what_the_figure_is_now(door, source):
    deliver(source, csv_of(row("door", 5, 99, name="Old name"), row("door", 0, 34, name="Door to doctor")))
    door.refresh_from_db()
    assert door.name == "Door to doctor"
    assert Entry.objects.get(type="kpi").facets["value"] == 34
    assert Entry.objects.get(type="kpi").facets["points"] == [99, 39, 36, 34]


def test_only_what_crosses_into_another_band_is_told(source):
    start = timezone.now()
    for number, (value, told) in enumerate([(34, 0), (35, 0), (43, 1), (44, 1), (50, 2), (33, 3)]):
        body = csv_of(row("door", 2, 34), row("door", 1, value))
        deliver(source, body, sent_at=start + timedelta(seconds=number))
        assert Activity.objects.filter(entry__type="kpi", verb="update").count() == told, value


@pytest.mark.parametrize(
    ("values", "aim", "said"),
    [
        ([34, 46], "40,25,45,down", "Left its band: 46 min, above 45 min"),
        ([34, 41], "40,25,40,down", "Missed its target: 41 min, 1 min over target"),
        ([34, 46, 43], "40,25,45,down", "Inside its band again: 43 min, 3 min over target"),
        ([34, 46, 34], "40,25,45,down", "Now on target: 34 min"),
        ([80, 77], ",78,92,none", "Left its band: 77 min, below 78 min"),
        ([77, 80], ",78,92,none", "Now inside its band: 80 min"),
    ],
)
def test_what_is_told_says_in_words_what_happened(source, as_bob, values, aim, said):
    start = timezone.now()
    for number in range(len(values)):
        ago = len(values) - number
        body = csv_of(*[row("door", len(values) - n, v, aim=aim) for n, v in enumerate(values[: number + 1])])
        deliver(source, body, sent_at=start + timedelta(seconds=number))
    assert Entry.objects.get(type="kpi").facets["state_text"] == said
    assert said in as_bob.get("/").content.decode()
    before = Activity.objects.filter(entry__type="kpi", verb="update").count()
    deliver(source, csv_of(row("door", ago, values[-1], aim=aim)), sent_at=start + timedelta(seconds=60))
    assert Activity.objects.filter(entry__type="kpi", verb="update").count() == before == len(values) - 1


def test_the_next_reading_in_the_same_band_is_said_plainly(source):
    start = timezone.now()
    for number, rows in enumerate([[(3, 34)], [(3, 34), (2, 46)], [(3, 34), (2, 46), (1, 47)]]):
        deliver(source, csv_of(*[row("door", *one) for one in rows]), sent_at=start + timedelta(seconds=number))
    assert Entry.objects.get(type="kpi").facets["state_text"] == "Above 45 min"


def test_a_target_that_is_set_or_withdrawn_is_no_crossing(source):
    start = timezone.now()
    for number, aim in enumerate([",,,down", "40,25,45,down", ",,,down"]):
        body = csv_of(row("door", 2, 50, aim=",,,down"), row("door", 1, 50, aim=aim))
        deliver(source, body, sent_at=start + timedelta(seconds=number))
    assert Activity.objects.filter(entry__type="kpi", verb="update").count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_that_see_one_crossing_one_tells_it(source, bob):
    """Whoever lost a lease may still be at work."""
    deliver(source, csv_of(row("door", 1, 34)))
    subscribe(Kpi.objects.get(), acting_person=bob)
    items = read(csv_of(row("door", 0, 50)), source)
    start = threading.Barrier(2, timeout=30)

    def work() -> None:
        start.wait()
        for _attempt in range(200):
            try:
                adapters.get("kpis.csv").apply(source, items)
            except OperationalError:  # SQLite in memory refuses a second writer; as a worker does, it tries again
                time.sleep(0.02)
            else:
                break
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work), pool.submit(work)]:
            done.result()
    assert Activity.objects.filter(entry__type="kpi", verb="update").count() == 1
    assert Notification.objects.filter(person=bob).count() == 1


def test_a_run_that_is_cut_off_tells_what_crosses_once(source, bob, monkeypatch):
    from plugins.kpis import actions

    start = timezone.now()
    deliver(source, csv_of(row("door", 1, 34)))
    subscribe(Kpi.objects.get(), acting_person=bob)
    delivery = receive(source, csv_of(row("door", 1, 34), row("door", 0, 50)), start + timedelta(seconds=1), "push")
    with monkeypatch.context() as cut:
        cut.setattr(actions, "tell_subscribers", lambda *args, **kwargs: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            runner.run(delivery)
    assert Activity.objects.filter(entry__type="kpi", verb="update").count() == 0
    assert runner.run(delivery)
    assert Activity.objects.filter(entry__type="kpi", verb="update").count() == 1
    assert Notification.objects.filter(person=bob).count() == 1


def test_a_year_of_history_is_not_news(source):
    deliver(source, csv_of(*[row("door", ago, 20 + ago % 40) for ago in range(365, 40, -1)]))
    assert Activity.objects.filter(entry__type="kpi").count() == 0
    assert Reading.objects.count() == 325


def test_a_reading_that_is_gone_stays_as_the_last_good_value(door, source):
    deliver(source, csv_of(row("door", 2, 39), row("door", 1, 36)), sent_at=timezone.now() + timedelta(seconds=5))
    facets = Entry.objects.get(type="kpi").facets
    assert (facets["value"], facets["state"], facets["state_text"]) == (34, "stale", "Last good value")
    assert Reading.objects.exclude(missing_since=None).count() == 1
    deliver(source, csv_of(row("door", 2, 39), row("door", 0, 34)), sent_at=timezone.now() + timedelta(seconds=9))
    assert Entry.objects.get(type="kpi").facets["state"] == "ok"


def test_owners_are_found_by_address_or_user_name(source, alice):
    alice.email = "alice@merekaar.example"
    alice.save()
    body = "\n".join(
        [
            HEADER,
            *(
                f"{n},{n},,,2026-11-20,1,,,,,{who},"
                for n, who in (("a", "Alice@merekaar.example"), ("b", "alice"), ("c", "who"), ("d", ""))
            ),
        ]
    )
    deliver(source, body.encode() + b"\n")
    assert [kpi.owner for kpi in Kpi.objects.order_by("external_id")] == [alice, alice, None, None]


def test_the_number_of_queries_does_not_grow_with_the_rows(source):
    costs = []
    for count in (2, 100):
        items = read(csv_of(*[row(f"k{n}", ago, n) for n in range(count) for ago in (1, 0)]), source)
        costs.append(cost(lambda items=items: adapters.get("kpis.csv").apply(source, items)))
    assert costs[1] <= costs[0] + 8  # SQLite takes fewer rows a statement than there are


def test_another_home_moves_the_figures(door, source, laboratory):
    from portal.ingestion.actions import update_source

    update_source(source, acting_person=None, department=laboratory)
    entry = Entry.objects.get(type="kpi")
    assert entry.department == laboratory
    assert entry.own_audience.expression == source.audience_expression
