"""A random organisation in plain numbers: everything is named by its place in the tuples of a Plan.

Times are hours from now; a token is (sort, number), as ("department", 3).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

Token = tuple[str, int]
Restriction = tuple[str, tuple[int, ...]] | None  # ("groups", numbers), ("login", ()) or ("password", ())

GROUPS = CIRCLES = TOPICS = 3
LOCATIONS = ROLES = 2
LANGUAGES = ("en", "et", "sv")
KINDS = {"post": "user", "comment": "user", "figure": "automated", "news": "managed", "process": "managed"}
TIMES = {"day": 1, "week": 7, "month": 30, "year": 365}  # days


class Traits(NamedTuple):
    """A plugin: what it needs, and whether it is on where nothing is ruled."""

    requires: tuple[str, ...] = ()
    default_on: bool = True


PLUGINS = {
    "circles": Traits(),  # says who is in which circle
    "notes": Traits(),
    "meters": Traits(default_on=False),
    "remarks": Traits(requires=("notes",)),
}


def word(sort: str, number: int) -> str:
    """A word like no other: all are equally long, so none begins another, and digits keep stems and likeness away."""
    return f"{sort}{number:04}x"


@dataclass(frozen=True)
class Audience:
    """One token of each of `all`, and none of `none`."""

    all: tuple[tuple[Token, ...], ...] = ()
    none: tuple[Token, ...] = ()


@dataclass(frozen=True)
class Person:
    """`homes` are departments; the first one is the primary one if there is one. `is_head`: of all of them."""

    homes: tuple[int, ...] = ()
    has_primary: bool = True
    is_head: bool = False
    groups: frozenset[int] = frozenset()
    circles: frozenset[int] = frozenset()
    location: int | None = None
    role: int | None = None
    is_active: bool = True
    is_it: bool = False


@dataclass(frozen=True)
class Rule:
    state: str
    begins: int | None = None
    ends: int | None = None


@dataclass(frozen=True)
class Section:
    """A place in the tree of pages, with its own page privacy; `parent` is another section."""

    parent: int | None = None
    restriction: Restriction = None


@dataclass(frozen=True)
class Item:
    """A page (if it has a `section`) or something else; attached to an earlier item if it has a `subject`.

    `texts` are the words of title, summary and body. `begins` is None where it begins when it was published.
    """

    type: str = "post"
    texts: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = ((), (), ())
    plugin: str = ""
    home: int | None = None
    author: int | None = None
    topics: tuple[int, ...] = ()
    language: str = ""
    audience: Audience = Audience()
    state: str = "live"
    age: int = 12
    begins: int | None = None
    ends: int | None = None
    subject: int | None = None
    section: int | None = None
    restriction: Restriction = None

    @property
    def is_page(self) -> bool:
        return self.section is not None


@dataclass(frozen=True)
class Query:
    words: tuple[str, ...]
    kind: str = ""
    types: tuple[str, ...] = ()
    plugin: str = ""
    department: int | None = None
    author: int | None = None
    topic: int | None = None
    language: str = ""
    time: str = ""


@dataclass(frozen=True)
class Plan:
    """`departments` are the parents; number 0 is the organisation. `rules` are by (plugin, department)."""

    departments: tuple[int | None, ...] = (None,)
    people: tuple[Person, ...] = ()
    sections: tuple[Section, ...] = ()
    items: tuple[Item, ...] = ()
    rules: tuple[tuple[tuple[str, int], Rule], ...] = ()
    queries: tuple[Query, ...] = ()
    changes: tuple[Change, ...] = ()

    def __repr__(self) -> str:
        """A line for each thing, with what is not as usual of it."""
        lines = [f"department {number} in {parent}" for number, parent in enumerate(self.departments)]
        for name in ("people", "sections", "items", "queries", "changes"):
            lines += [f"{name} {number}: {short(one)}" for number, one in enumerate(getattr(self, name))]
        lines += [f"{plugin} in {department}: {short(rule)}" for (plugin, department), rule in self.rules]
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """For hypothesis, which prints the organisation where something differs."""
        printer.text(f"\n{self!r}\n")


def short(thing: Any) -> str:
    """A dataclass without what is as usual."""
    said = [(field.name, getattr(thing, field.name), field.default) for field in fields(thing)]
    inside = ", ".join(f"{name}={_value(value)}" for name, value, usual in said if value != usual)
    return f"{type(thing).__name__}({inside})"


def _value(value: Any) -> str:
    if isinstance(value, frozenset):
        return repr(sorted(value))
    return short(value) if hasattr(value, "__dataclass_fields__") else repr(value)


@dataclass(frozen=True)
class Change:
    """What happens in an organisation; `after` is the description that holds then."""

    def after(self, plan: Plan) -> Plan:
        raise NotImplementedError

    def touches(self, plan: Plan) -> set[int]:
        """Items whose rows it changes, those attached to them left out: an index has to catch up with these."""
        return set()


def _put(things: tuple[Any, ...], number: int, thing: Any) -> tuple[Any, ...]:
    return (*things[:number], thing, *things[number + 1 :])


@dataclass(frozen=True)
class ItemChanges(Change):
    number: int
    item: Item

    def after(self, plan: Plan) -> Plan:
        return replace(plan, items=_put(plan.items, self.number, self.item))

    def touches(self, plan: Plan) -> set[int]:
        return {self.number}


@dataclass(frozen=True)
class ItemAppears(Change):
    item: Item

    def after(self, plan: Plan) -> Plan:
        return replace(plan, items=(*plan.items, self.item))

    def touches(self, plan: Plan) -> set[int]:
        return {len(plan.items)}


@dataclass(frozen=True)
class PersonChanges(Change):
    number: int
    person: Person

    def after(self, plan: Plan) -> Plan:
        return replace(plan, people=_put(plan.people, self.number, self.person))


@dataclass(frozen=True)
class PrivacyChanges(Change):
    section: int
    restriction: Restriction

    def after(self, plan: Plan) -> Plan:
        changed = replace(plan.sections[self.section], restriction=self.restriction)
        return replace(plan, sections=_put(plan.sections, self.section, changed))

    def touches(self, plan: Plan) -> set[int]:
        inside = {self.section}
        for number, section in enumerate(plan.sections):  # parents come first
            if section.parent in inside:
                inside.add(number)
        return {number for number, item in enumerate(plan.items) if item.section in inside}


@dataclass(frozen=True)
class RuleChanges(Change):
    plugin: str
    department: int
    rule: Rule | None

    def after(self, plan: Plan) -> Plan:
        rules = dict(plan.rules)
        rules.pop((self.plugin, self.department), None)
        if self.rule is not None:
            rules[self.plugin, self.department] = self.rule
        return replace(plan, rules=tuple(rules.items()))


@dataclass(frozen=True)
class DepartmentMoves(Change):
    number: int
    parent: int

    def after(self, plan: Plan) -> Plan:
        return replace(plan, departments=_put(plan.departments, self.number, self.parent))
