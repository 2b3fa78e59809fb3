"""Builds what a Plan describes: people and rules in bulk, pages in Wagtail's tree, everything else by cards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.urls import get_resolver
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from cms.actions import reconcile
from cms.models import NewsPage, SectionPage
from portal.audience import stamps
from portal.audience.expressions import EVERYONE, Expression, any_of, both, excluding
from portal.catalogue import actions
from portal.catalogue.card import Card
from portal.catalogue.models import Entry, Topic
from portal.host import models as host
from portal.host import snapshot
from portal.host.plugin import Contributions, Manifest
from portal.host.registry import Installed, registry
from portal.people.actions import create_department
from portal.people.models import Department, Location, Membership, Person, Role
from tests.search.exactness import plan as p
from tests.search.exactness.plan import Audience, Item, Plan, Restriction, word

PAGE, OTHER = "wagtailcore.page", "catalogue.topic"


class House:
    """The organisation in the database; `plan` is what should hold in it now."""

    def __init__(self, plan: Plan, circles: dict[int, frozenset[int]]) -> None:
        self.plan, self.circles, self.now = plan, circles, timezone.now()
        self.departments: list[Department] = []
        self.sections: list[SectionPage] = []
        self.pages: dict[int, NewsPage] = {}
        self.entry_ids: dict[int, int] = {}

    def build(self) -> None:
        self._places()
        self._people()
        self._rules()
        self._sections()
        self._contents()

    def at(self, hours: int | None) -> datetime | None:
        return None if hours is None else self.now + timedelta(hours=hours)

    # Who there is

    def _places(self) -> None:
        for number, parent in enumerate(self.plan.departments):
            above = None if parent is None else self.departments[parent]
            self.departments.append(
                create_department(f"Department {number}", slug=f"d{number}", parent=above, acting_person=None)
            )
        self.locations = [Location.objects.create(name=f"L{n}", slug=f"l{n}") for n in range(p.LOCATIONS)]
        self.roles = [Role.objects.create(name=f"R{n}", slug=f"r{n}") for n in range(p.ROLES)]
        self.groups = [Group.objects.create(name=f"Group {n}") for n in range(p.GROUPS)]

    def _people(self) -> None:
        rows = [
            Person(
                username=f"p{number}", password="!", first_name=word("n", number), is_active=one.is_active,
                is_superuser=one.is_it, is_staff=one.is_it,
                location=None if one.location is None else self.locations[one.location],
                role=None if one.role is None else self.roles[one.role],
            )
            for number, one in enumerate(self.plan.people)
        ]  # fmt: skip
        self.people = Person.objects.bulk_create(rows)
        pairs = list(zip(self.people, self.plan.people, strict=True))
        Membership.objects.bulk_create(
            Membership(
                person=row, department=self.departments[home], is_primary=one.has_primary and not place,
                is_head=one.is_head,
            )
            for row, one in pairs
            for place, home in enumerate(one.homes)
        )  # fmt: skip
        belongs = Person.groups.through
        belongs.objects.bulk_create(
            belongs(person=row, group=self.groups[group]) for row, one in pairs for group in one.groups
        )
        self.circles.update({row.pk: one.circles for row, one in pairs})

    def person(self, number: int | None) -> Person | AnonymousUser:
        """As a request reads them."""
        return AnonymousUser() if number is None else Person.objects.get(pk=self.people[number].pk)

    def _rules(self) -> None:
        host.Rule.objects.bulk_create(
            host.Rule(
                plugin=plugin, department=self.departments[place], state=rule.state,
                starts_at=self.at(rule.begins), ends_at=self.at(rule.ends),
            )
            for (plugin, place), rule in self.plan.rules
        )  # fmt: skip
        stamps.bump("rules")

    # What there is

    def _sections(self) -> None:
        """Some are restricted before there is anything in them, some afterwards (see `_contents`)."""
        root = Page.objects.get(depth=1)
        for number, section in enumerate(self.plan.sections):
            parent = root if section.parent is None else self.sections[section.parent]
            parent.refresh_from_db()
            self.sections.append(parent.add_child(instance=SectionPage(title=f"Section {number}")))
            if number % 2:
                self.restrict(self.sections[number], section.restriction)

    def _contents(self) -> None:
        items = self.plan.items
        for number, item in enumerate(items):
            if item.is_page:
                self._page(number, item)
        while reconcile():
            pass
        self._note(PAGE, {str(page.pk): number for number, page in self.pages.items()})
        self._attach([number for number, item in enumerate(items) if not item.is_page])
        for number, section in list(enumerate(self.plan.sections))[::2]:
            self.restrict(self.sections[number], section.restriction)
        for number, page in self.pages.items():
            self.restrict(page, items[number].restriction)
        for number, item in enumerate(items):
            if item.state != "live":
                self.set_state(number, item.state)

    def _attach(self, rest: list[int]) -> None:
        """What is no page, level by level: what there is to be attached to comes first."""
        while rest:
            ready = [n for n in rest if self.plan.items[n].subject in (None, *self.entry_ids)]
            actions.put_many([self.card(n, self.plan.items[n]) for n in ready])
            self._note(OTHER, {str(self.key(n)): n for n in ready})
            rest = [number for number in rest if number not in ready]

    def _note(self, label: str, keys: dict[str, int]) -> None:
        """Which entry each item is."""
        rows = Entry.objects.filter(label=label, key__in=keys).values_list("key", "pk")
        self.entry_ids |= {keys[key]: pk for key, pk in rows}

    @staticmethod
    def key(number: int) -> int:
        return 1000 + number

    def card(self, number: int, item: Item) -> Card:
        """Of what is no page; any model may have entries, topics stand in for a plugin's rows."""
        title, summary, body = (" ".join(words) for words in item.texts)
        return Card(
            kind=p.KINDS[item.type],  # type: ignore[arg-type]
            type=item.type,
            obj=Topic(pk=self.key(number)),
            title=title,
            summary=summary,
            body=body,
            url=f"/things/{number}/",
            plugin=item.plugin,
            author=None if item.author is None else self.people[item.author],
            department=None if item.home is None else self.departments[item.home],
            topics=tuple(word("t", topic) for topic in item.topics),
            language=item.language,
            audience=self.expression(item.audience),
            hidden=item.state == "hidden",
            published_at=self.at(-item.age),
            visible_from=self.at(item.begins),
            visible_until=self.at(item.ends),
            subject=None if item.subject is None else self.entry(item.subject),
        )

    def appear(self, number: int, item: Item) -> None:
        """Something new that is no page."""
        self.entry_ids[number] = actions.put(self.card(number, item)).pk

    def entry(self, number: int) -> Entry:
        return Entry.objects.select_related("gate").get(pk=self.entry_ids[number])

    def _page(self, number: int, item: Item) -> None:
        assert item.section is not None
        page = NewsPage(title=item.texts[0][0], slug=f"page-{number}", first_published_at=self.at(-item.age))
        self.describe(page, item)
        parent = self.sections[item.section]
        parent.refresh_from_db()
        parent.add_child(instance=page)
        self.pages[number] = page

    def describe(self, page: NewsPage, item: Item) -> None:
        """Puts what the item says on the page, unsaved; a page has no text field that takes any words but these."""
        page.title = " ".join(item.texts[0])
        page.summary = " ".join((*item.texts[1], *item.texts[2]))
        page.expire_at = self.at(item.ends)
        page.expression = self.expression(item.audience)
        page.language = item.language
        page.department = None if item.home is None else self.departments[item.home]
        page.sender = None if item.author is None else self.people[item.author]
        page.topics.set([word("t", topic) for topic in item.topics])

    # What both building and changing do

    def expression(self, audience: Audience) -> Expression:
        found = both(EVERYONE, *(any_of(*map(self.token, clause)) for clause in audience.all))
        return excluding(found, *map(self.token, audience.none)) if audience.none else found

    def token(self, token: p.Token) -> str:
        sort, number = token
        names: dict[str, Any] = {
            "everyone": lambda: "everyone",
            "person": lambda: f"person:{self.people[number].pk}",
            "department": lambda: f"department:{self.departments[number].pk}",
            "department-only": lambda: f"department-only:{self.departments[number].pk}",
            "head": lambda: f"head:{self.departments[number].pk}",
            "usergroup": lambda: f"usergroup:{self.groups[number].pk}",
            "location": lambda: f"location:{self.locations[number].pk}",
            "role": lambda: f"role:{self.roles[number].slug}",
        }
        return names[sort]() if sort in names else f"{sort}:{number}"

    def restrict(self, page: Page, restriction: Restriction) -> None:
        """Page privacy, as Wagtail's view writes it; lifted with None."""
        PageViewRestriction.objects.filter(page_id=page.pk).delete()
        if restriction is None:
            return
        how, groups = restriction
        row = PageViewRestriction(page_id=page.pk, restriction_type=how, password="secret")
        row.save()
        if how == PageViewRestriction.GROUPS:
            row.groups.set([self.groups[group] for group in groups])

    def set_state(self, number: int, state: str) -> None:
        if number not in self.pages:
            {"hidden": actions.hide, "removed": actions.remove, "live": actions.show}[state](Topic(pk=self.key(number)))
            return
        page = NewsPage.objects.get(pk=self.pages[number].pk)
        if state == "removed":
            page.delete()
        elif state == "hidden":
            page.unpublish()
        else:
            page.save_revision().publish()


@contextmanager
def plugins() -> Iterator[dict[int, frozenset[int]]]:
    """The plugins of every Plan instead of those installed; gives who is in which circle, by id of the person."""
    circles: dict[int, frozenset[int]] = {}

    def tell(person: Person) -> list[str]:
        return [f"circle:{circle}" for circle in circles.get(person.pk, ())]

    contributions = {"circles": Contributions(tokens={"circle": tell})}
    made = {
        slug: Installed(
            manifest=Manifest(slug=slug, title=slug, summary="", version="1", requires=traits.requires,
                              default_on=traits.default_on),
            config=SimpleNamespace(name=slug, label=slug),  # type: ignore[arg-type]
            contributions=contributions.get(slug, Contributions()),
        )
        for slug, traits in p.PLUGINS.items()
    }  # fmt: skip
    assert get_resolver().url_patterns  # made once in a process, of all plugins
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(registry, "_plugins", made)
        monkeypatch.setattr(registry, "_types", None)
        snapshot.forget()
        yield circles
    snapshot.forget()
