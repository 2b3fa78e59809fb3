"""What each person sees and finds, worked out from the description alone: the rules, read word for word.

Nothing of the platform is imported here, and nothing may be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from functools import cache

from tests.search.exactness.plan import KINDS, PLUGINS, TIMES, Audience, Item, Person, Plan, Query, Token, word

FACETS = ("kind", "type", "plugin", "department", "author", "topic", "language", "time")
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Answer:
    """`hits` are items; `counts` of each facet are by value: authors and topics by number, departments by path."""

    hits: frozenset[int]
    counts: Counts


class Oracle:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.why_hidden = cache(self._why_hidden)
        self.plugin_on = cache(self._plugin_on)
        self.words = cache(self._words)

    # Who sees what

    def visible(self, person: int | None) -> frozenset[int]:
        """The items the person may see; None is somebody without an account."""
        return frozenset(number for number in range(len(self.plan.items)) if not self.why_hidden(person, number))

    def _why_hidden(self, person: int | None, number: int) -> str:
        """Why the person may not see the item; "" if they may."""
        if person is None or not self.plan.people[person].is_active:
            return "nobody is logged in"
        chain = self.chain(number)
        for link in chain:
            if (state := self.plan.items[link].state) != "live":
                return f"item {link} is {state}"
        root = self.plan.items[chain[-1]]
        begins = -root.age if root.begins is None else root.begins
        if begins > 0 or (root.ends is not None and root.ends <= 0):
            return f"item {chain[-1]} is outside its window"
        if (other := self._not_meant(chain, self.tokens(person))) is not None:
            return f"the audience of item {other} is another"
        for where, restriction in self._restrictions(root):
            if not self._may_enter(restriction, self.plan.people[person]):
                return f"the privacy of {where} is another"
        return self._closed_gate(person, chain, root.home or 0)

    def _not_meant(self, chain: list[int], tokens: set[Token]) -> int | None:
        """What is attached narrows whom its subject is for."""
        return next((link for link in chain if not satisfied(self.plan.items[link].audience, tokens)), None)

    def chain(self, number: int) -> list[int]:
        """The item, what it is attached to, and so on up to the root."""
        found = [number]
        while (subject := self.plan.items[found[-1]].subject) is not None:
            found.append(subject)
        return found

    def tokens(self, number: int) -> set[Token]:
        person = self.plan.people[number]
        found = {("everyone", 0), ("person", number)}
        found |= {("department-only", home) for home in person.homes}
        found |= {("head", home) for home in person.homes if person.is_head}
        found |= {("department", above) for home in person.homes for above in self.above(home)}
        found |= {("usergroup", group) for group in person.groups}
        found |= {("circle", circle) for circle in person.circles}
        if person.location is not None:
            found.add(("location", person.location))
        if person.role is not None:
            found.add(("role", person.role))
        return found

    def above(self, department: int) -> list[int]:
        """The department, what it is in, and so on up to the organisation."""
        found = [department]
        while (parent := self.plan.departments[found[-1]]) is not None:
            found.append(parent)
        return found

    def _restrictions(self, root: Item) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = [("the page", root.restriction)]
        section = root.section
        while section is not None:
            found.append((f"section {section}", self.plan.sections[section].restriction))
            section = self.plan.sections[section].parent
        return found

    @staticmethod
    def _may_enter(restriction: object, person: Person) -> bool:
        if restriction is None:
            return True
        how, groups = restriction  # type: ignore[misc]
        return how == "login" or (how == "groups" and bool(person.groups & set(groups)))

    def _closed_gate(self, person: int, chain: list[int], home: int) -> str:
        """Every plugin of the chain must be on at home and for the person."""
        for link in chain:
            plugin = self.plan.items[link].plugin
            if plugin and not self.plugin_on(plugin, home)[0]:
                return f"{plugin} is off in department {home}"
            if plugin and not self.on_for(plugin, self.plan.people[person]):
                return f"{plugin} is off for the person"
        return ""

    def on_for(self, plugin: str, person: Person) -> bool:
        """On in any of the person's departments; what is forced in the primary one wins."""
        if person.homes and person.has_primary:
            on, forced = self.plugin_on(plugin, person.homes[0])
            if forced:
                return on
        return any(self.plugin_on(plugin, home)[0] for home in person.homes or (0,))

    def _plugin_on(self, plugin: str, department: int) -> tuple[bool, bool]:
        """(on, forced) of a plugin in a department."""
        traits, rules = PLUGINS[plugin], dict(self.plan.rules)
        states = []  # from the department upwards
        for place in self.above(department):
            rule = rules.get((plugin, place))
            if rule and (rule.begins is None or rule.begins <= 0) and (rule.ends is None or rule.ends > 0):
                states.append(rule.state)
        forces = [state for state in states if state in ("forced_on", "forced_off")]
        choices = [state for state in states if state in ("on", "off")]
        if forces:
            on = forces[-1] == "forced_on"
        else:
            on = choices[0] == "on" if choices else traits.default_on
        return on and all(self.plugin_on(needed, department)[0] for needed in traits.requires), bool(forces)

    # Who finds what

    def _words(self, number: int) -> frozenset[str]:
        item = self.plan.items[number]
        found = {one for text in item.texts for one in text}
        found |= {word("t", topic) for topic in item.topics}
        return frozenset(found if item.author is None else found | {word("n", item.author)})

    def matches(self, number: int, query: Query) -> bool:
        return set(query.words) <= self.words(number)

    def finds(self, person: int | None, query: Query) -> Answer:
        """What a search finds, and how often each value of each facet is among it."""
        return self.answer({number for number in self.visible(person) if self.matches(number, query)}, query)

    def answer(self, found: set[int], query: Query) -> Answer:
        """Of items that match what the filters leave, and the counts: each facet obeys all filters but its own."""
        passed = {number: self._passed(number, query) for number in found}
        hits = frozenset(number for number, filters in passed.items() if all(filters.values()))
        counts: Counts = {}
        for facet in FACETS:
            aside = () if facet == "department" else (facet,)
            counted = [n for n, filters in passed.items() if all(ok for f, ok in filters.items() if f not in aside)]
            counts[facet] = dict(Counter(value for n in counted for value in self._values(facet, n, query)))
        return Answer(hits, counts)

    def _passed(self, number: int, query: Query) -> dict[str, bool]:
        item = self.plan.items[number]
        return {
            "kind": query.kind in ("", KINDS[item.type]),
            "type": not query.types or item.type in query.types,
            "plugin": query.plugin in ("", item.plugin),
            "department": query.department is None or query.department in self.above(self.home(number)),
            "author": query.author in (None, item.author),
            "topic": query.topic is None or query.topic in item.topics,
            "language": query.language in ("", item.language),
            "time": not query.time or item.age <= 24 * TIMES[query.time],
        }

    def home(self, number: int) -> int:
        """What is attached is at home where its root is."""
        return self.plan.items[self.chain(number)[-1]].home or 0

    def _values(self, facet: str, number: int, query: Query) -> list[str]:
        item = self.plan.items[number]
        if facet == "department":
            # Those directly below the chosen department (or the organisation), with what is below them.
            line = self.above(self.home(number))
            place = line.index(query.department or 0)
            return [self.path(line[place - 1])] if place else []
        if facet == "time":
            return [time for time, days in TIMES.items() if item.age <= 24 * days]
        if facet == "topic":
            return [str(topic) for topic in item.topics]
        one = {
            "kind": KINDS[item.type],
            "type": item.type,
            "plugin": item.plugin,
            "author": "" if item.author is None else str(item.author),
            "language": item.language,
        }[facet]
        return [one] if one else []

    # What is suggested to whom

    def suggests(
        self, person: int | None, text: str, before: Oracle | None = None, *, without: Set[int] | None = None
    ) -> dict[str, frozenset[int]]:
        """Items by group, and topics by number, that may stand in the list; words of `before` count as well.

        With `without` what must: nothing of these items. A text with digits may stand anywhere, another in titles.
        What is attached is not suggested; its topics may be, or not.
        """
        visible = self.visible(person) - (without or set())
        alone = {number for number in visible if self.plan.items[number].subject is None}
        begun = {number for number in alone if self._begins(number, text) or (before and before._begins(number, text))}
        groups = {"pages": "managed", "posts": "user", "figures": "automated"}
        found = {name: {n for n in begun if KINDS[self.plan.items[n].type] == kind} for name, kind in groups.items()}
        topics = {
            topic for number in (visible if without is None else alone) for topic in self.plan.items[number].topics
        }
        found["topics"] = {topic for topic in topics if word("t", topic).startswith(text)}
        return {name: frozenset(numbers) for name, numbers in found.items()}

    def _begins(self, number: int, text: str) -> bool:
        if number >= len(self.plan.items):
            return False
        anywhere = any(letter.isdigit() for letter in text)
        words = self.words(number) if anywhere else self.plan.items[number].texts[0]
        return any(one.startswith(text) for one in words)

    def path(self, department: int) -> str:
        return "/".join(f"d{number}" for number in reversed(self.above(department)))


def satisfied(audience: Audience, tokens: set[Token]) -> bool:
    """Whether somebody with these tokens is meant. A guild is a sort of token that nobody can tell: shut."""
    if any(token in tokens or token[0] == "guild" for token in audience.none):
        return False
    return all(any(token in tokens for token in clause) for clause in audience.all)
