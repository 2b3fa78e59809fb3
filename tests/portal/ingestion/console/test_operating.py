"""Running, pausing, replaying, deleting; secrets; rejected items in bulk. Each by POST, each audited."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import ModelLogEntry

from plugins.tasks.models import Task
from portal.host import rules
from portal.ingestion import actions, pull, runner
from portal.ingestion.models import Delivery, RejectedItem, Source
from portal.testing.adapters import deliver, make_source
from tests.portal.ingestion.console.conftest import BAD, GOOD, HEAD, text

ONE = "/admin/sources/source/todo/"


def post(client, name, **fields):
    return client.post(f"{ONE}{name}/", fields, follow=True)


def audited(person, **data):
    found = ModelLogEntry.objects.filter(user=person, action__startswith="folkmoot.source.")
    return found.filter(**{f"data__{name}": value for name, value in data.items()}).exists()


def test_run_now_hands_over_to_the_worker(tasks, as_ida, ida, settings):
    folder = settings.FOLKMOOT_DROP_DIR / "list.csv"
    actions.update_source(tasks, pull_from="list.csv", acting_person=None)
    folder.write_bytes(HEAD + GOOD)
    assert pull.run_due() == 0  # without a schedule nothing is due
    answer = post(as_ida, "run")
    assert "fetched by the worker within seconds" in text(answer)
    assert not Delivery.objects.exists()  # nothing is fetched inside the request
    assert pull.run_due() == 1
    assert runner.run_waiting() == 1
    assert Task.objects.get().title == "Water the plants"
    assert pull.run_due() == 0
    assert audited(ida, now=True)


def test_a_failing_run_by_hand_is_told_and_not_tried_for_ever(tasks, as_ida):
    actions.update_source(tasks, pull_from="nothing.csv", acting_person=None)
    post(as_ida, "run")
    assert pull.run_due() == 1
    tasks.refresh_from_db()
    assert "nothing.csv" in tasks.last_error
    assert tasks.next_run_at is None
    assert "failing" in text(as_ida.get(ONE))


def test_run_now_has_what_waits_applied_at_once(tasks, as_ida):
    deliver(tasks, HEAD + GOOD)
    Delivery.objects.update(state="waiting", retry_at="2999-01-01T00:00Z")
    assert "1 delivery waits" in text(post(as_ida, "run"))
    assert runner.run_waiting() == 1


def test_run_now_says_what_keeps_it_from_running(tasks, as_ida):
    assert "Nothing is fetched from this source" in text(post(as_ida, "run"))
    actions.pause_source(tasks, acting_person=None)
    assert "resume it first" in text(post(as_ida, "run"))


def test_pause_and_resume(tasks, as_ida, ida):
    post(as_ida, "pause")
    assert Source.objects.get().paused
    assert "Resume" in text(as_ida.get(ONE))
    post(as_ida, "resume")
    assert not Source.objects.get().paused
    assert audited(ida, paused=True)


def test_replay_puts_what_failed_back_in_the_queue(tasks, as_ida):
    deliver(tasks, HEAD + BAD)
    assert "Try again what failed" in text(as_ida.get(ONE))
    assert "1 delivery is tried again." in text(post(as_ida, "replay"))
    assert Delivery.objects.get().state == "waiting"


def test_a_source_that_anything_hangs_on_is_not_deleted_and_says_what(tasks, as_ida):
    deliver(tasks, HEAD + GOOD)
    html = text(as_ida.get(f"{ONE}delete/"))
    assert "1 task" in html
    assert "Pause it instead" in html
    assert "pause it, or withdraw everything first" in text(post(as_ida, "delete"))
    assert Source.objects.exists()


def test_a_source_without_anything_is_deleted_after_asking(tasks, as_ida, ida):
    deliver(tasks, HEAD + BAD)
    assert "Delete it" in text(as_ida.get(f"{ONE}delete/"))
    assert Source.objects.exists()
    assert "the task list is deleted." in text(post(as_ida, "delete"))
    assert not Source.objects.exists()
    assert audited(ida, slug="todo")


@pytest.mark.parametrize(("change", "kept"), [("rotate", 2), ("reset", 1)])
def test_a_new_push_secret_needs_a_second_look_and_is_shown_once(tasks, as_ida, ida, change, kept):
    old = tasks.secrets[0]
    asked = post(as_ida, "secret", change=change)
    assert "Are you sure?" in text(asked)
    tasks.refresh_from_db()
    assert tasks.secrets == [old]
    answer = post(as_ida, "secret", change=change, sure="1")
    tasks.refresh_from_db()
    assert len(tasks.secrets) == kept
    assert tasks.secrets[0] in text(answer)
    assert old not in text(answer)
    assert "X-Folkmoot-Signature" in text(answer)
    assert tasks.secrets[0] not in text(as_ida.get(f"{ONE}secret/"))
    assert audited(ida, secret="rotated" if change == "rotate" else "reset")


def test_rejected_items_are_dropped_and_tried_again_in_bulk(tasks, as_ida, ida):
    deliver(tasks, HEAD + BAD + b"3;x;bob;never\n4;y;bob;no\n")
    first, *_others = RejectedItem.objects.order_by("pk")
    assert "Choose items first." in text(post(as_ida, "rejected", drop="1"))
    assert "1 item is dropped." in text(post(as_ida, "rejected", drop="1", item=str(first.pk)))
    assert RejectedItem.objects.filter(state="open").count() == 2
    assert "1 delivery is read again." in text(post(as_ida, "rejected", retry="1", all="1"))
    assert Delivery.objects.get().state == "waiting"
    assert "2 items are dropped." in text(post(as_ida, "rejected", drop="1", all="1"))
    assert audited(ida, dropped=2)


def test_items_of_another_source_are_not_touched(tasks, emergency, as_ida):
    other = make_source("tasks.csv", slug="other", department=emergency, settings={"delimiter": ";"})
    deliver(other, HEAD + BAD)
    item = RejectedItem.objects.get()
    assert as_ida.get(f"{ONE}rejected/{item.pk}/").status_code == 404
    assert "0 items are dropped." in text(post(as_ida, "rejected", drop="1", item=str(item.pk)))
    receipt = other.deliveries.get().receipt
    assert as_ida.get(f"{ONE}deliveries/{receipt}/").status_code == 404


def test_a_delivery_tells_receipt_size_state_and_its_runs(tasks, as_ida):
    run = deliver(tasks, HEAD + GOOD + BAD)
    html = text(as_ida.get(f"{ONE}deliveries/"))
    assert str(run.delivery.receipt) in html
    assert "applied" in html
    html = text(as_ida.get(f"{ONE}deliveries/{run.delivery.receipt}/"))
    assert "1 new, 1 rejected" in html
    assert "row 3" in html


@pytest.fixture
def held(tasks, moment):
    """A delivery that takes all but one task away."""
    rows = b"".join(b"%d;Task %d;bob;2026-12-01\n" % (number, number) for number in range(10))
    deliver(tasks, HEAD + rows, sent_at=moment(1))
    run = deliver(tasks, HEAD + b"1;Task 1;bob;2026-12-01\n", sent_at=moment(2))
    assert run.delivery.state == "held"
    return run.delivery


def here():
    return Task.objects.filter(missing_since=None).count()


def test_a_held_delivery_shows_what_it_would_change_and_is_confirmed(held, as_ida, ida):
    assert "1 delivery held" in text(as_ida.get(ONE))
    html = text(as_ida.get(f"{ONE}deliveries/{held.receipt}/"))
    assert "It waits for you" in html
    assert "9 items are gone at the source. (0, 2, 3" in html
    assert here() == 10
    answer = as_ida.post(f"{ONE}deliveries/{held.receipt}/", {"confirm": "1"}, follow=True)
    assert "applies it within seconds" in text(answer)
    assert runner.run_waiting() == 1
    assert here() == 1
    assert audited(ida, confirmed=str(held.receipt))
    again = as_ida.post(f"{ONE}deliveries/{held.receipt}/", {"discard": "1"}, follow=True)
    assert "not held for confirmation" in text(again)


def test_a_held_delivery_is_discarded(held, as_ida, ida):
    assert "Confirm the delivery or discard it" in text(
        as_ida.post(f"{ONE}deliveries/{held.receipt}/", {}, follow=True)
    )
    post(as_ida, f"deliveries/{held.receipt}", discard="1")
    assert runner.run_waiting() == 0
    assert here() == 10
    assert audited(ida, discarded=str(held.receipt))
    assert "It waits for you" not in text(as_ida.get(f"{ONE}deliveries/{held.receipt}/"))


def test_a_held_delivery_that_is_large_is_not_read_inside_a_request(held, as_ida):
    Delivery.objects.filter(pk=held.pk).update(size=6_000_000)
    assert "too large to be read again here" in text(as_ida.get(f"{ONE}deliveries/{held.receipt}/"))


def test_a_delivery_that_came_too_late_is_told_as_ignored_and_why(tasks, as_ida):
    deliver(tasks, HEAD + GOOD)
    late = deliver(tasks, HEAD, sent_at=timezone.now() - timedelta(hours=1))
    assert late.state == "ignored"
    for address in (f"{ONE}deliveries/", f"{ONE}deliveries/{late.delivery.receipt}/"):
        assert "A newer delivery was applied before this one" in text(as_ida.get(address))


def test_run_now_says_so_where_the_plugin_is_off(tasks, as_ida, emergency):
    actions.update_source(tasks, pull_from="list.csv", acting_person=None)
    rules.set_rule("tasks", emergency, rules.OFF, acting_person=None)
    answer = text(post(as_ida, "run"))
    assert "is off in Emergency" in answer
    assert "within seconds" not in answer
