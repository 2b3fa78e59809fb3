"""Being told that a figure crosses: once, of what is news, while one may see it."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils import timezone, translation

from plugins.kpis import privacy
from plugins.kpis.models import Kpi, Subscription
from plugins.kpis.notifications import notifications
from plugins.kpis.subscriptions import subscribe, unsubscribe
from plugins.kpis.tests.samples import cost, csv_of, row
from portal.host import rules
from portal.host.gate import PluginOff
from portal.ingestion import adapters
from portal.ingestion.actions import update_source
from portal.notifications.models import Notification
from portal.people.actions import deactivate_person
from portal.testing.adapters import deliver
from tests import factories
from tests.cast import logged_in

LIST = "kpis:subscriptions"


class Feed:
    """Deliveries of the figure, each later than the one before."""

    def __init__(self, source) -> None:
        self.source, self.sent = source, timezone.now()

    def __call__(self, *rows: str) -> None:
        self.sent += timedelta(seconds=1)
        deliver(self.source, csv_of(*rows), sent_at=self.sent)

    def value(self, value: object, ago: int = 0) -> None:
        self(row("door", 3, 36), row("door", ago, value, name="Door to doctor"))


@pytest.fixture
def feed(door, source) -> Feed:
    return Feed(source)


def told(person) -> list[str]:
    """What the person reads, newest first."""
    with translation.override("en"):
        shown = Notification.objects.filter(person=person, plugin="kpis").order_by("-created_at", "-pk")
        return [notifications[0].render(one.data).text for one in shown]


def read_all(person) -> None:
    Notification.objects.filter(person=person).update(read_at=timezone.now())


def unread(person) -> int:
    return Notification.objects.filter(person=person, read_at=None).count()


def test_one_is_told_once_that_it_left_its_band(door, feed, bob, alice):
    subscribe(door, acting_person=bob)
    feed.value(35)
    assert told(bob) == []
    feed.value(46)
    assert told(bob) == ["Door to doctor: Left its band: 46 min, above 45 min"]
    assert told(alice) == []
    read_all(bob)
    feed.value(46)
    feed.value(48)
    assert unread(bob) == 0
    feed.value(34)
    assert (unread(bob), told(bob)) == (1, ["Door to doctor: Now on target: 34 min"])


@pytest.mark.parametrize(
    ("wanted", "values", "said"),
    [
        ({"above": Decimal(38)}, [38, 39], "39 min, above your 38 min"),
        ({"above": Decimal(38)}, [38], None),
        ({"above": Decimal(30)}, [35, 36], None),
        ({"below": Decimal(30)}, [30, Decimal("29.5")], "29.5 min, below your 30 min"),
        ({"below": Decimal(30), "above": Decimal(38)}, [29, 39], "39 min, above your 38 min"),
    ],
)
def test_one_is_told_that_it_passed_a_number_of_ones_own(door, feed, bob, wanted, values, said):
    subscribe(door, acting_person=bob, bands=False, **wanted)
    for value in values:
        feed.value(value)
    assert told(bob) == ([f"Door to doctor: {said}"] if said else [])


def test_of_numbers_alone_one_is_not_told_of_bands(door, feed, bob):
    subscribe(door, acting_person=bob, bands=False, above=Decimal(99))
    feed.value(46)
    assert told(bob) == []


def test_history_that_comes_late_tells_nobody(source, bob):
    feed = Feed(source)
    feed(row("door", 90, 36))
    subscribe(Kpi.objects.get(), acting_person=bob, above=Decimal(40))
    feed(row("door", 90, 36), row("door", 60, 50))
    assert told(bob) == []
    feed(row("door", 90, 36), row("door", 60, 50), row("door", 0, 52))
    assert told(bob) == ["door: 52 min, above your 40 min"]


def test_a_reading_for_an_earlier_day_tells_nobody(door, feed, bob):
    subscribe(door, acting_person=bob, above=Decimal(40))
    feed(row("door", 5, 60), row("door", 0, 34, name="Door to doctor"))
    assert told(bob) == []


def test_who_may_no_longer_see_it_reads_nothing_and_lists_nothing(door, feed, source, bob, as_bob, laboratory):
    subscribe(door, acting_person=bob)
    assert "Door to doctor" in as_bob.get(reverse(LIST)).content.decode()
    update_source(source, acting_person=None, department=laboratory)
    feed.value(46)
    assert "Door to doctor" not in as_bob.get(reverse(LIST)).content.decode()
    assert "Door to doctor" not in as_bob.get("/notifications/").content.decode()


def test_switched_off_it_is_silent_and_on_again_it_works(door, feed, bob, as_bob, emergency):
    subscribe(door, acting_person=bob)
    rules.set_rule("kpis", emergency, rules.OFF, acting_person=None)
    feed.sent += timedelta(seconds=1)
    from portal.ingestion.inbox import receive
    from portal.ingestion.models import Delivery
    from portal.ingestion.runner import run_waiting

    receive(feed.source, csv_of(row("door", 0, 46, name="Door to doctor")), feed.sent, Delivery.Kind.PUSH)
    run_waiting()
    assert told(bob) == []
    with pytest.raises(PluginOff):
        subscribe(door, acting_person=bob)
    rules.set_rule("kpis", emergency, rules.INHERIT, acting_person=None)
    run_waiting()
    assert told(bob) == ["Door to doctor: Left its band: 46 min, above 45 min"]
    assert "Left its band" in as_bob.get("/notifications/").content.decode()


def test_what_was_told_is_hidden_while_the_plugin_is_off(door, feed, bob, as_bob, emergency):
    subscribe(door, acting_person=bob)
    feed.value(46)
    assert "Left its band" in as_bob.get("/notifications/").content.decode()
    rules.set_rule("kpis", emergency, rules.OFF, acting_person=None)
    assert "Left its band" not in as_bob.get("/notifications/").content.decode()


def test_outsiders_do_not_subscribe(door, charlie, as_charlie):
    with pytest.raises(Http404):
        subscribe(door, acting_person=charlie)
    with pytest.raises(Http404):
        unsubscribe(door, acting_person=charlie)
    for address in (reverse("kpis:subscription", args=[door.pk]), reverse("kpis:unsubscribe", args=[door.pk])):
        assert as_charlie.post(address, {"bands": "on"}).status_code == 404
    assert Subscription.objects.count() == 0


def test_leavers_are_told_nothing_and_erased_ones_have_no_subscription(door, feed, bob, alice):
    for person in (bob, alice):
        subscribe(door, acting_person=person)
    deactivate_person(bob, acting_person=None)
    feed.value(46)
    assert (len(told(bob)), len(told(alice))) == (0, 1)
    privacy.erase(alice, acting_person=None)
    assert list(Subscription.objects.values_list("person", flat=True)) == [bob.pk]


def test_something_must_be_asked_for(door, bob, as_bob):
    with pytest.raises(ValidationError):
        subscribe(door, acting_person=bob, bands=False)
    html = as_bob.post(reverse("kpis:subscription", args=[door.pk]), {}).content.decode()
    assert "Say what you want to be told" in html


def test_one_subscribes_changes_and_ends_it_in_place(door, bob, as_bob):
    page, address = door.get_absolute_url(), reverse("kpis:subscription", args=[door.pk])
    assert "You are told when" not in as_bob.get(page).content.decode()
    assert as_bob.post(address, {"bands": "on"}).headers["Location"] == f"{page}#tell-me"
    as_bob.post(address, {"above": "40.5"})
    held = Subscription.objects.get(person=bob)
    assert (held.bands, held.above, held.below) == (False, Decimal("40.5"), None)
    html = as_bob.get(page).content.decode()
    assert "You are told when" in html
    assert 'value="40.5"' in html
    listed = as_bob.get(reverse(LIST)).content.decode()
    assert "above 40.5 min<" in listed
    as_bob.post(reverse("kpis:unsubscribe", args=[door.pk]), {"from": "list"})
    assert Subscription.objects.count() == 0
    assert "You are told of no figure" in as_bob.get(reverse(LIST)).content.decode()


def test_many_subscribers_cost_no_more_than_one(door, source, emergency, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    people = [factories.person(departments=[emergency]) for _number in range(30)]
    costs = []
    for count in (1, 30):
        for person in people[:count]:
            subscribe(door, acting_person=person, above=Decimal(40))
        for value in (46, 34):
            items = list(adapters.get("kpis.csv").read(io.BytesIO(csv_of(row("door", 0, value))), source))
            costs.append(cost(lambda items=items: adapters.get("kpis.csv").apply(source, items)))
    assert Notification.objects.count() == 30
    assert len(set(costs[1:])) == 1  # the first one is cold


def test_my_subscriptions_cost_the_same_however_many(source, bob, settings):
    settings.FOLKMOOT_STAMP_SECONDS = 3600
    client, costs = logged_in(bob), []
    for count in (2, 30):
        deliver(source, csv_of(*[row(f"k{number}", 0, number) for number in range(count)]))
        for kpi in Kpi.objects.all():
            subscribe(kpi, acting_person=bob)
        client.get(reverse(LIST))
        costs.append(cost(lambda: client.get(reverse(LIST))))
    assert costs[0] == costs[1]
