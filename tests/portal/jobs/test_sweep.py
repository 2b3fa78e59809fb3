from __future__ import annotations

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from portal.host.plugin import Schedule
from portal.jobs import schedules, sweep
from portal.jobs.models import Lease, ScheduledJob


@pytest.fixture(autouse=True)
def nothing_held(db):
    sweep._held.clear()
    yield
    sweep._held.clear()


def test_only_one_worker_does_a_thing_at_a_time(monkeypatch):
    assert sweep.take_lease("x")
    assert sweep.take_lease("x")
    monkeypatch.setattr(sweep, "OWNER", "another")
    sweep._held.clear()
    assert not sweep.take_lease("x")
    Lease.objects.update(until=timezone.now() - timedelta(seconds=1))  # the first one was killed
    assert sweep.take_lease("x")


def test_a_clean_stop_gives_the_leases_back(monkeypatch):
    sweep.take_lease("x")
    sweep.give_back_leases()
    monkeypatch.setattr(sweep, "OWNER", "another")
    assert sweep.take_lease("x")


def test_a_held_lease_is_not_asked_for_again_each_time(django_assert_num_queries):
    sweep.take_lease("x")
    with django_assert_num_queries(0):
        assert sweep.take_lease("x")


@pytest.mark.django_db(transaction=True)  # a failure makes the worker look at its connections
def test_a_function_that_fails_does_not_stop_the_others(caplog):
    def broken() -> int:
        raise RuntimeError("no")

    assert sweep.run_once(sweep.Sweep("broken", broken, 1)) == 0
    assert "sweep broken" in caplog.text
    left = [3, 2, 0]
    assert sweep.run_once(sweep.Sweep("works", lambda: left.pop(0), 1)) == 5


@pytest.mark.django_db(transaction=True)  # threads see what is committed
@pytest.mark.parametrize("held", [True, False])
def test_what_waits_for_others_holds_nobody_up(monkeypatch, held):
    stop, answered, began = threading.Event(), threading.Event(), threading.Event()
    rounds: list[int] = []

    def waits() -> int:
        began.set()
        answered.wait(20)
        return 0

    def works() -> int:
        if began.is_set():
            rounds.append(1)
        if len(rounds) == 3:
            stop.set()
        return 0

    found = {"waits": sweep.Sweep("waits", waits, 0.01, apart=held), "works": sweep.Sweep("works", works, 0.01)}
    monkeypatch.setattr(sweep, "_sweeps", found)
    monkeypatch.setattr(sweep, "STOPPING", 0.1)
    worker = threading.Thread(target=sweep.loop, args=(stop,))
    worker.start()
    worker.join(5)
    assert worker.is_alive() is not held  # in one line with it, the other would have to wait
    answered.set()
    worker.join(20)
    for thread in threading.enumerate():
        if thread.name == "sweep waits":
            thread.join(20)
    assert not Lease.objects.exists()


def test_deliveries_are_fetched_and_applied_and_documents_read_beside_the_other_work():
    apart = {one.name for one in sweep.sweeps() if one.apart}
    assert {"ingestion.pull", "ingestion.apply", "ingestion.write_back", "cms.extract"} <= apart
    assert not {"search.elasticsearch", "search.database", "timeline.relay"} & apart


@pytest.mark.django_db(transaction=True)  # threads see what is committed
def test_a_sweep_of_several_threads_works_side_by_side_and_all_end_with_the_worker(monkeypatch):
    stop, together = threading.Event(), threading.Barrier(4)
    names: set[str] = set()

    def waits() -> int:
        names.add(threading.current_thread().name)
        together.wait(30)  # none goes on before three are at it
        stop.wait(30)
        return 0

    found = {"waits": sweep.Sweep("waits", waits, 0.01, apart=True, threads=3)}
    monkeypatch.setattr(sweep, "_sweeps", found)
    worker = threading.Thread(target=sweep.loop, args=(stop,))
    worker.start()
    together.wait(30)
    stop.set()
    worker.join(20)
    assert names == {"sweep waits.1", "sweep waits.2", "sweep waits.3"}
    assert not worker.is_alive()
    assert not [one for one in threading.enumerate() if one.name in names]
    assert not Lease.objects.exists()


@pytest.fixture
def job(monkeypatch):
    ran: list[str] = []
    wanted = {"good": Schedule("good", "* * * * *", lambda: ran.append("good"))}
    monkeypatch.setattr(schedules, "schedules", lambda: wanted)
    schedules.run_due()
    return ran, wanted


def test_a_schedule_runs_when_it_is_due_and_only_then(job):
    ran, _wanted = job
    assert schedules.run_due() == 0
    ScheduledJob.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert schedules.run_due() == 1
    assert schedules.run_due() == 0
    assert ran == ["good"]


def test_a_failing_job_is_tried_again_and_says_why(job):
    _ran, wanted = job
    wanted["good"] = Schedule("good", "0 3 1 1 *", lambda: 1 / 0)
    ScheduledJob.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    schedules.run_due()
    state = ScheduledJob.objects.get()
    assert (state.failures, state.last_error) == (1, "ZeroDivisionError: division by zero")
    assert timezone.now() < state.next_at < timezone.now() + timedelta(minutes=5)


def test_cron_is_in_the_organisations_time_zone(settings):
    after = datetime(2026, 11, 22, 1, 30, tzinfo=ZoneInfo("UTC"))
    assert schedules.next_run("0 6 * * *", after) == datetime(2026, 11, 22, 4, 0, tzinfo=ZoneInfo("UTC"))


@pytest.mark.parametrize(("text", "fits"), [("*/15 * * * *", True), ("x", False), ("* * * * * *", False), ("", False)])
def test_only_five_fields_are_cron(text, fits):
    assert schedules.is_cron(text) is fits


def test_what_takes_long_leaves_the_others_their_turn(monkeypatch):
    left, order = [3], []

    def slow() -> int:
        left[0] -= left[0] > 0
        order.append("slow")
        return int(left[0] > 0)

    def quick() -> int:
        order.append("quick")
        return 0

    monkeypatch.setattr(sweep, "_sweeps", {})
    sweep.register_sweep("slow", slow, every_seconds=1, one_at_a_time=True)
    sweep.register_sweep("quick", quick, every_seconds=1)
    assert sweep.run_all() == 2
    assert order == ["slow", "quick"] * 3


@pytest.mark.parametrize("text", ["0 0 30 2 *", "0 0 31 4,6 *", "x", "", "60 * * * *"])
def test_what_never_comes_due_has_no_next_moment(text):
    assert schedules.next_run(text, timezone.now()) is None


def test_a_job_that_never_comes_due_keeps_no_other_from_running(job, caplog):
    ran, wanted = job
    wanted["never"] = Schedule("never", "0 0 30 2 *", lambda: ran.append("never"))
    ScheduledJob.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert schedules.run_due() == 1
    assert ran == ["good"]
    assert "'0 0 30 2 *' never comes due" in caplog.text
