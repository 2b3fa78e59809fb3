"""Makes random organisations: mostly what organisations are like, with every oddity the rules know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tests.search.exactness import plan as p
from tests.search.exactness.plan import Audience, Item, Person, Plan, Query, Restriction, Rule, Section, word

COMMON = [word("c", number) for number in range(4)]  # words that many items have
STATES = ("off", "on", "forced_off", "forced_on", "forced_off")


def some(numbers: int, most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(0, numbers - 1), max_size=most, unique=True).map(tuple)


def seldom(strategy: st.SearchStrategy[Any], usual: Any = None, of: int = 4) -> st.SearchStrategy[Any]:
    """What is as usual, but for one time of so many."""
    return st.integers(0, of - 1).flatmap(lambda number: strategy if number == of - 1 else st.just(usual))


def tokens(departments: int, people: int) -> st.SearchStrategy[p.Token]:
    sorts = {
        "department": departments, "person": people, "usergroup": p.GROUPS, "circle": p.CIRCLES,
        "department-only": departments, "head": departments, "location": p.LOCATIONS, "role": p.ROLES,
    }  # fmt: skip
    weighed = ["department"] * 3 + ["circle"] * 2 + list(sorts)
    usual = st.sampled_from(weighed).flatmap(lambda sort: st.tuples(st.just(sort), st.integers(0, sorts[sort] - 1)))
    return seldom(st.sampled_from([("everyone", 0), ("guild", 0)]), None, of=14).flatmap(
        lambda odd: usual if odd is None else st.just(odd)
    )


def audiences(departments: int, people: int) -> st.SearchStrategy[Audience]:
    token = tokens(departments, people)
    clause = st.lists(token, min_size=1, max_size=4, unique=True).map(tuple)
    narrow = st.builds(
        Audience,
        all=st.lists(clause, min_size=1, max_size=2).map(tuple),
        none=seldom(st.lists(token, min_size=1, max_size=2, unique=True).map(tuple), (), of=3),
    )
    without = st.builds(Audience, none=st.lists(token, min_size=1, max_size=2, unique=True).map(tuple))
    nobody = st.just(Audience(all=((),)))
    return st.integers(0, 19).flatmap(
        lambda n: nobody if n == 19 else without if n > 16 else narrow if n > 8 else st.just(Audience())
    )


def restrictions() -> st.SearchStrategy[Restriction]:
    groups = st.lists(st.integers(0, p.GROUPS - 1), max_size=2, unique=True).map(lambda found: ("groups", tuple(found)))
    usual = st.lists(st.integers(0, p.GROUPS - 1), min_size=1, max_size=2, unique=True)
    usual_groups = usual.map(lambda found: ("groups", tuple(found)))
    return st.integers(0, 9).flatmap(
        lambda n: st.just(("login", ())) if n == 8 else st.just(("password", ())) if n == 9 else
        groups if n == 7 else usual_groups
    )  # fmt: skip


def persons(departments: int) -> st.SearchStrategy[Person]:
    return st.builds(
        Person,
        homes=some(departments, 3),
        has_primary=st.integers(0, 4).map(bool),
        is_head=st.booleans(),
        groups=some(p.GROUPS, 3).map(frozenset),
        circles=some(p.CIRCLES, 2).map(frozenset),
        location=st.none() | st.integers(0, p.LOCATIONS - 1),
        role=st.none() | st.integers(0, p.ROLES - 1),
        is_active=seldom(st.just(False), True, of=12),
        is_it=seldom(st.just(True), False, of=6),
    )


def rules(departments: int) -> st.SearchStrategy[dict[tuple[str, int], Rule]]:
    hours = seldom(st.sampled_from([-5, 5]))
    rule = st.builds(Rule, state=st.sampled_from(STATES), begins=hours, ends=hours).filter(
        lambda rule: rule.begins is None or rule.ends is None or rule.begins < rule.ends
    )
    places = st.tuples(st.sampled_from(sorted(p.PLUGINS)), st.integers(0, departments - 1))
    return st.dictionaries(places, rule, min_size=1, max_size=8)


class Content:
    """Draws items one after the other: pages, what people and systems bring, and what is attached to these."""

    def __init__(self, draw: st.DrawFn, departments: int, people: int, sections: int) -> None:
        self.draw, self.departments, self.people, self.sections = draw, departments, people, sections
        self.audiences = audiences(departments, people)
        self.home = seldom(st.none(), "home", of=6).flatmap(
            lambda usual: st.integers(0, departments - 1) if usual else st.none()
        )

    def texts(self, number: int) -> tuple[tuple[str, ...], ...]:
        """Its own word, and some that others have, wherever they stand."""
        words: list[list[str]] = [[], [], []]
        own = self.draw(st.integers(0, 2))
        words[own].append(word("w", number))
        for common in self.draw(st.lists(st.sampled_from(COMMON), min_size=1, max_size=3, unique=True)):
            words[self.draw(st.integers(0, 2))].append(common)
        if not words[0]:
            words[0].append(word("u", number))  # a title there must be
        return tuple(tuple(text) for text in words)

    def item(self, number: int, before: tuple[Item, ...]) -> Item:
        draw = self.draw
        sort = draw(st.sampled_from(["post", "page", "comment", "comment", "post", "figure", "page"]))
        subjects = [n for n, item in enumerate(before) if depth(before, n) < 3 and item.state != "removed"]
        fields: dict[str, Any] = {
            "texts": self.texts(number),
            "author": draw(st.none() | st.integers(0, self.people - 1)),
            "topics": draw(some(p.TOPICS, 2)),
            "audience": draw(self.audiences),
            "state": draw(seldom(st.sampled_from(["hidden", "removed"]), "live", of=9)),
            "age": draw(st.sampled_from([12, 60, 300, 2000, 12000])),
            "ends": draw(seldom(st.sampled_from([30, -3]), of=8)),
            "home": draw(self.home),
        }
        if sort == "page" and self.sections:
            fields |= {"type": "news", "section": draw(st.integers(0, self.sections - 1))}
            fields |= {
                "restriction": draw(seldom(restrictions(), of=6)),
                "language": draw(st.sampled_from(p.LANGUAGES)),
            }
            return Item(**fields)
        fields["language"] = draw(st.sampled_from(("", *p.LANGUAGES)))
        if sort == "comment" and subjects:
            if number % 4:  # most of what is attached is for whoever its subject is for, some is for fewer
                fields["audience"] = Audience()
            return Item(
                type="comment", subject=draw(st.sampled_from(subjects)), plugin=self.plugin("remarks"), **fields
            )
        fields["begins"] = draw(seldom(st.sampled_from([-1, 7]), of=7))
        fields["age"] = draw(seldom(st.just(-20), fields["age"], of=15))
        kind = "figure" if sort == "figure" else draw(st.sampled_from(["post", "post", "process"]))
        return Item(type=kind, plugin=self.plugin("meters" if sort == "figure" else "notes"), **fields)

    def plugin(self, usual: str) -> str:
        return self.draw(st.sampled_from([usual, usual, "", "circles"]))


def depth(items: tuple[Item, ...], number: int) -> int:
    subject = items[number].subject
    return 0 if subject is None else 1 + depth(items, subject)


@st.composite
def queries(draw: st.DrawFn, departments: int, people: int, items: int) -> Query:
    """Mostly one word that many have, mostly with a filter or two."""
    common = st.sampled_from(COMMON)
    rare = st.integers(0, items - 1).map(lambda number: word("w", number))
    names = st.integers(0, people - 1).map(lambda number: word("n", number))
    topics = st.integers(0, p.TOPICS - 1).map(lambda number: word("t", number))
    types = st.lists(st.sampled_from(sorted(p.KINDS)), min_size=1, max_size=3, unique=True).map(tuple)
    words = draw(st.sampled_from([common] * 6 + [rare, names, topics]))
    second = draw(seldom(common | topics, of=4))
    found = tuple(dict.fromkeys([draw(words), *([second] if second else [])]))
    return Query(
        words=found,
        kind=draw(seldom(st.sampled_from(["user", "managed", "automated"]), "", of=6)),
        types=draw(seldom(types, ())),
        plugin=draw(seldom(st.sampled_from(sorted(p.PLUGINS)), "", of=8)),
        department=draw(seldom(st.integers(0, departments - 1), of=4)),
        author=draw(seldom(st.integers(0, people - 1), of=8)),
        topic=draw(seldom(st.integers(0, p.TOPICS - 1), of=6)),
        language=draw(seldom(st.sampled_from(p.LANGUAGES), "", of=6)),
        time=draw(seldom(st.sampled_from(sorted(p.TIMES)), "", of=5)),
    )  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    departments = (None, *(draw(st.integers(0, n)) for n in range(draw(st.integers(2, 6)))))
    people = tuple(draw(st.lists(persons(len(departments)), min_size=8, max_size=12)))
    sections = tuple(
        Section(draw(st.none() | st.integers(0, n - 1)) if n else None, draw(seldom(restrictions(), of=3)))
        for n in range(draw(st.integers(1, 4)))
    )  # fmt: skip
    content = Content(draw, len(departments), len(people), len(sections))
    items: tuple[Item, ...] = ()
    for number in range(draw(st.integers(18, 30))):
        items = (*items, content.item(number, items))
    sizes = (len(departments), len(people), len(items))
    found = draw(st.lists(queries(*sizes), min_size=14, max_size=20, unique=True).map(tuple))
    plan = Plan(departments, people, sections, items, tuple(draw(rules(len(departments))).items()), found)
    return replace(plan, changes=Changes(draw, content).some(plan))


class Changes:
    """Draws what happens, one thing after the other, each in the organisation that the one before left."""

    def __init__(self, draw: st.DrawFn, content: Content) -> None:
        self.draw, self.content = draw, content

    def some(self, plan: Plan) -> tuple[p.Change, ...]:
        changes: list[p.Change] = []
        sorts = [self.item, self.item, self.item, self.person, self.privacy, self.rule, self.appears, self.moves]
        for _number in range(self.draw(st.integers(5, 12))):
            change = self.draw(st.sampled_from(sorts))(plan)
            if change is not None:
                changes.append(change)
                plan = change.after(plan)
        return tuple(changes)

    def item(self, plan: Plan) -> p.Change | None:
        """Mostly of what something is attached to, and not of what is removed.

        Pages that are hidden or over are only shown again or removed.
        """
        carrying = [item.subject for item in plan.items if item.subject is not None]
        number = self.draw(st.sampled_from([*range(len(plan.items)), *carrying, *carrying]))
        item = plan.items[number]
        if item.state == "removed":
            return None
        asleep = item.is_page and (item.state != "live" or (item.ends or 1) < 0)
        turned = "hidden" if item.state == "live" else "live"
        sort = self.draw(st.sampled_from(["state", "state"] if asleep else self._sorts(item)))
        if asleep and item.ends and turned == "live":
            return None
        new: dict[str, Any] = {
            "state": lambda: {"state": self.draw(st.sampled_from([turned, turned, "removed"]))},
            "texts": lambda: {"texts": self.content.texts(100 + number)},
            "audience": lambda: {"audience": self.draw(self.content.audiences)},
            "home": lambda: {"home": self.draw(self.content.home)},
            "ends": lambda: {"ends": self.draw(st.sampled_from([None, -2, 20]))},
            "section": lambda: {"section": self.draw(st.integers(0, len(plan.sections) - 1))},
            "restriction": lambda: {"restriction": self.draw(st.none() | restrictions())},
        }[sort]()
        return p.ItemChanges(number, replace(item, **new))

    @staticmethod
    def _sorts(item: Item) -> list[str]:
        if item.is_page:
            return ["state", "texts", "audience", "section", "restriction", "home"]
        return (
            ["state", "state", "texts"] if item.subject is not None else ["state", "texts", "audience", "home", "ends"]
        )

    def appears(self, plan: Plan) -> p.Change | None:
        item = self.content.item(len(plan.items), plan.items)
        return None if item.is_page else p.ItemAppears(replace(item, state="live"))

    def person(self, plan: Plan) -> p.Change:
        """Leaves, joins, is somebody else in one respect."""
        number = self.draw(st.integers(0, len(plan.people) - 1))
        other = self.draw(persons(len(plan.departments)))
        trait = self.draw(st.sampled_from(["homes", "is_head", "groups", "circles", "location", "role", "is_active"]))
        return p.PersonChanges(number, replace(plan.people[number], **{trait: getattr(other, trait)}))

    def privacy(self, plan: Plan) -> p.Change:
        section = self.draw(st.integers(0, len(plan.sections) - 1))
        return p.PrivacyChanges(section, self.draw(seldom(st.none(), "some", of=3).flatmap(
            lambda usual: restrictions() if usual else st.none())))  # fmt: skip

    def rule(self, plan: Plan) -> p.Change:
        """Nothing is forced on, which is refused where something needed is off."""
        plugin = self.draw(st.sampled_from(["notes", "remarks", "meters", "circles"]))
        department = self.draw(st.integers(0, len(plan.departments) - 1))
        states = st.sampled_from(["off", "forced_off", "on", None])
        state = self.draw(states)
        return p.RuleChanges(plugin, department, None if state is None else Rule(state))

    def moves(self, plan: Plan) -> p.Change | None:
        """A department moves below another, not below itself."""
        number = self.draw(st.integers(1, len(plan.departments) - 1))
        parent = self.draw(st.integers(0, len(plan.departments) - 1))
        above: int | None = parent
        while above is not None and above != number:
            above = plan.departments[above]
        return None if above == number else p.DepartmentMoves(number, parent)
