"""Access that is taken away is away with the next request, by every door of search, while the index lags too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from cms.setup import ensure_tree
from portal.audience import tokens
from portal.audience.access import tokens_of
from portal.audience.expressions import EVERYONE, any_of, excluding
from portal.catalogue.actions import hide, put, remove, show
from portal.catalogue.card import Card
from portal.catalogue.models import Entry, Outbox, Topic
from portal.host import rules
from portal.host.registry import registry
from portal.people.actions import add_membership, deactivate_person, reactivate_person, remove_membership
from portal.people.models import Department, Person
from portal.people.receivers import end_cached_rights
from search import engines
from tests.cast import logged_in
from tests.cms import factories as make

Q = "chanterelle"
TITLE = "Chanterelle soup"
ADDRESSES = (
    f"/search/?q={Q}",
    f"/api/v1/search/?q={Q}",
    f"/api/v1/search/?q={Q}&kind=managed",
    f"/api/v1/search/?q={Q}&topic=mushrooms&time=week",
    "/api/v1/search/?q=chanterele",
    f"/api/v1/content/?q={Q}",
)


@dataclass
class House:
    bob: Person
    emergency: Department
    tree: Any
    alice: Person


Undo = Callable[[], Any]
Case = tuple[Callable[[House], Entry], Callable[[House, Entry], Undo]]


@pytest.fixture
def house(bob: Person, alice: Person, emergency: Department, organisation: Department) -> House:
    return House(bob, emergency, ensure_tree(organisation), alice)


def page(house: House, **fields: Any) -> Any:
    return make.entry(make.page(house.tree.news, TITLE, topics=["mushrooms"], department=house.emergency, **fields))


def post(house: House, **fields: Any) -> Entry:
    row = Topic.objects.create(name="row", slug="row")
    fields = {"kind": "user", "type": "post", "url": "/x/", "topics": ("mushrooms",)} | fields
    return put(Card(obj=row, title=TITLE, department=house.emergency, **fields))


def comment_on_a_page(house: House) -> Entry:
    subject = make.page(house.tree.news, "Menu", department=house.emergency)
    return post(house, subject=make.entry(subject), type="comment")


def row_of(entry: Entry) -> Topic:
    return Topic.objects.get(pk=entry.key)


def page_of(entry: Entry) -> Any:
    return make.NewsPage.objects.get(pk=entry.key)


# What Bob can read, and how it is taken from him; each gives what gives it back.


def for_emergency(house: House) -> Entry:
    return post(house, audience=any_of(tokens.department(house.emergency)))


def leaves_the_department(house: House, entry: Entry) -> Undo:
    remove_membership(house.bob, house.emergency, acting_person=None)
    return lambda: add_membership(house.bob, house.emergency, acting_person=None, is_primary=True)


def for_a_user_group(house: House) -> Entry:
    group = make.group("Cooks", house.bob)
    return post(house, audience=any_of(tokens.usergroup(group.pk)))


def leaves_the_user_group(house: House, entry: Entry) -> Undo:
    group = Group.objects.get(name="Cooks")
    group.user_set.remove(house.bob)
    return lambda: group.user_set.add(house.bob)


circle: set[int] = set()


def for_a_group_of_a_plugin(house: House) -> Entry:
    circle.add(house.bob.pk)
    return post(house, audience=any_of("circle:1"))


def leaves_the_group_of_a_plugin(house: House, entry: Entry) -> Undo:
    circle.clear()
    end_cached_rights([house.bob.pk])
    return lambda: (circle.add(house.bob.pk), end_cached_rights([house.bob.pk]))


def for_all_but_a_group_of_a_plugin(house: House) -> Entry:
    return post(house, audience=excluding(EVERYONE, "circle:1"))


def joins_the_group_of_a_plugin(house: House, entry: Entry) -> Undo:
    circle.add(house.bob.pk)
    end_cached_rights([house.bob.pk])
    return lambda: (circle.clear(), end_cached_rights([house.bob.pk]))


def restricts_the_section(house: House, entry: Entry) -> Undo:
    return make.restrict(house.tree.news, Group.objects.create(name="Board")).delete


def restricts_the_page(house: House, entry: Entry) -> Undo:
    return make.restrict(page_of(entry), Group.objects.create(name="Board")).delete


def restricts_the_page_in_the_editor(house: House, entry: Entry) -> Undo:
    house.alice.groups.add(house.tree.editors)
    board, address = Group.objects.create(name="Board"), f"/admin/pages/{entry.key}/privacy/"
    editor = logged_in(Person.objects.get(pk=house.alice.pk))
    sent = {"restriction_type": "groups", "groups": [str(board.pk)], "password": ""}
    assert b"restriction_type" not in editor.post(address, sent).content
    return lambda: editor.post(address, {"restriction_type": "none", "password": ""})


def retargets_the_page(house: House, entry: Entry) -> Undo:
    def publish(expression: Any) -> None:
        found = page_of(entry)
        found.expression = expression
        found.save_revision().publish()

    publish(any_of(tokens.person(house.alice)))
    return lambda: publish(EVERYONE)


def restricts_what_it_is_attached_to(house: House, entry: Entry) -> Undo:
    return restricts_the_section(house, entry)


def of_a_plugin(house: House) -> Entry:
    return post(house, plugin="microblog")


def switches_the_plugin_off(house: House, entry: Entry) -> Undo:
    rules.set_rule("microblog", house.emergency, rules.OFF, acting_person=None)
    return lambda: rules.set_rule("microblog", house.emergency, rules.INHERIT, acting_person=None)


def comment_of_a_plugin(house: House) -> Entry:
    below = Topic.objects.create(name="below", slug="below")
    subject = put(Card(obj=below, kind="user", type="post", title="Menu", url="/m/", plugin="microblog"))
    return post(house, plugin="comments", subject=subject, type="comment")


def switches_off_what_it_is_attached_to(house: House, entry: Entry) -> Undo:
    root = house.tree.root and Department.objects.organisation()
    assert root is not None
    rules.set_rule("microblog", root, rules.FORCED_OFF, acting_person=None)
    return lambda: rules.set_rule("microblog", root, rules.INHERIT, acting_person=None)


def hides_it(house: House, entry: Entry) -> Undo:
    hide(row_of(entry))
    return lambda: show(row_of(entry))


def withdraws_the_page(house: House, entry: Entry) -> Undo:
    page_of(entry).unpublish()
    return lambda: page_of(entry).save_revision().publish()


def withdraws_what_it_is_attached_to(house: House, entry: Entry) -> Undo:
    assert entry.subject is not None
    return withdraws_the_page(house, entry.subject)


def deletes_it(house: House, entry: Entry) -> Undo:
    remove(row_of(entry))
    return lambda: put(Card(obj=row_of(entry), kind="user", type="post", title=TITLE, url="/x/", topics=("mushrooms",)))


CASES: list[Case] = [
    (for_emergency, leaves_the_department),
    (for_a_user_group, leaves_the_user_group),
    (for_a_group_of_a_plugin, leaves_the_group_of_a_plugin),
    (for_all_but_a_group_of_a_plugin, joins_the_group_of_a_plugin),
    (page, restricts_the_section),
    (page, restricts_the_page),
    (page, restricts_the_page_in_the_editor),
    (page, retargets_the_page),
    (page, withdraws_the_page),
    (comment_on_a_page, restricts_what_it_is_attached_to),
    (comment_on_a_page, withdraws_what_it_is_attached_to),
    (of_a_plugin, switches_the_plugin_off),
    (comment_of_a_plugin, switches_off_what_it_is_attached_to),
    (post, hides_it),
    (post, deletes_it),
]


@pytest.fixture(autouse=True)
def circles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin says who is in circle 1."""
    circle.clear()
    tell = {"circle": lambda person: ["circle:1"] if person.pk in circle else []}
    monkeypatch.setattr(registry.all()["microblog"].contributions, "tokens", tell)


def told(client: Client) -> tuple[int, str]:
    """How often the thing is counted, and all that is said."""
    answers = [client.get(address) for address in ADDRESSES]
    assert all(answer.status_code == 200 for answer in answers)
    found = answers[1].json()
    counts = {found["count"], *(sum(found["facets"][facet].values()) for facet in ("kind", "type", "topic"))}
    assert len(counts) == 1, found
    assert answers[0].context["total"] == found["count"] == len(found["results"])
    return found["count"], "".join(answer.content.decode() for answer in answers)


@pytest.mark.parametrize(("thing", "revoke"), CASES, ids=[revoke.__name__ for _thing, revoke in CASES])
def test_what_is_taken_away_is_gone_with_the_next_request(
    thing: Callable[[House], Entry],
    revoke: Callable[[House, Entry], Undo],
    engine: str,
    house: House,
    catch_up: Callable[[], None],
    paused_indexer: None,
) -> None:
    entry = thing(house)
    catch_up()
    client = logged_in(house.bob)
    assert told(client)[0] == 1
    put(Card(obj=Topic(pk=77), kind="user", type="post", title="Something else", url="/y/"))
    give_back = revoke(house, entry)
    assert Outbox.objects.filter(engine=engine).exists()  # the index lags
    for _again in range(2):
        count, everything = told(client)
        assert count == 0
        assert "soup" not in everything.lower()
        assert "mushrooms" not in everything.lower().replace("topic=mushrooms", "")
        catch_up()
    assert engines.configured()[-1].status().waiting == 0
    give_back()
    catch_up()
    assert told(client)[0] == 1, tokens_of(Person.objects.get(pk=house.bob.pk))


def test_a24_who_is_deactivated_is_told_nothing_by_search(
    engine: str, house: House, catch_up: Callable[[], None], paused_indexer: None
) -> None:
    post(house)
    catch_up()
    client = logged_in(house.bob)
    assert told(client)[0] == 1
    deactivate_person(house.bob, acting_person=None)
    assert [client.get(address).status_code for address in ADDRESSES] == [302, *[401] * (len(ADDRESSES) - 1)]
    reactivate_person(house.bob, acting_person=None)
    assert told(logged_in(house.bob))[0] == 1
