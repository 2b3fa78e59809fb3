"""The filters beside the results: what is offered of each facet, and what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.catalogue.models import Entry, Topic
from portal.host.gate import is_on_for
from portal.host.registry import registry
from portal.people import tree
from portal.people.cards import TYPE as PERSON
from portal.people.models import Person
from search.parameters import to_query
from search.query import TIMES, Facets, SearchRequest, SearchResult

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

SHOWN = 8  # of each facet, besides what is chosen
LABELS = {
    "type": gettext_lazy("Type"),
    "department": gettext_lazy("Department"),
    "time": gettext_lazy("Time"),
    "author": gettext_lazy("Author"),
    "topic": gettext_lazy("Topic"),
    "language": gettext_lazy("Language"),
    "plugin": gettext_lazy("Where from"),
}
_TIMES = {
    "day": gettext_lazy("Last 24 hours"),
    "week": gettext_lazy("Last 7 days"),
    "month": gettext_lazy("Last 30 days"),
    "year": gettext_lazy("Last year"),
}


@dataclass(frozen=True)
class Names:
    """What readers call the values of facets. `rows`: {(facet, value): name} of authors and topics; `counts`: how many
    of the person's results have each value.

    Whoever may type an address may choose any value: one that the person sees nothing of has no name.
    """

    rows: dict[tuple[str, str], str]
    person: Person | AnonymousUser
    counts: Facets

    @classmethod
    def of(cls, asked: SearchRequest, result: SearchResult) -> Names:
        """One query, for the authors and topics that are shown. What is counted may be seen, the rest is looked up."""
        topics = Topic.objects.filter(_named("topic", "slug", asked, result)).order_by()
        people = Person.objects.filter(_named("author", "pk", asked, result)).order_by()
        found = topics.values_list(Value("topic"), "slug", "name", Value(""), Value(""))
        key = Cast("pk", CharField())
        rows = found.union(people.values_list(Value("author"), key, "first_name", "last_name", "username"), all=True)
        names = {}
        for facet, value, first, last, username in rows:
            person = Person(first_name=first, last_name=last, username=username)
            names[facet, value] = person.display_name if facet == "author" else first
        return cls(names, asked.person, result.facets)

    def name(self, facet: str, value: str) -> str:
        """One word for all that is unknown or not to be seen."""
        known = self.rows.get((facet, value)) or self._known(facet, value)
        return str(known or _("Unknown"))

    def _known(self, facet: str, value: str) -> object:
        if facet == "type" and self._is_open(facet, value, _plugin_of_type(value)):
            known = registry.types().get(value)
            return (known.plural or known.label) if known else ""
        if facet == "plugin" and self._is_open(facet, value, value):
            plugin = registry.get(value)
            return plugin.manifest.title if plugin else ""
        if facet == "department":
            department = tree.current().at(value)
            return department.name if department else ""
        if facet == "language":
            return dict(settings.LANGUAGES).get(value) or (value if value in self.counts[facet] else "")
        return _TIMES.get(value, "") if facet == "time" else ""

    def _is_open(self, facet: str, value: str, plugin: str) -> bool:
        return value in self.counts[facet] or not plugin or is_on_for(plugin, self.person)


def _named(facet: str, field: str, asked: SearchRequest, result: SearchResult) -> Q:
    """Of the topics or authors that are shown those of whom the person sees anything."""
    shown, counts = _shown(facet, asked, result), result.facets[facet]
    named = Q(**{f"{field}__in": [value for value in shown if value in counts]})
    if others := [value for value in shown if value not in counts]:
        seen = Entry.objects.visible_to(asked.person)
        topic, card = {"entry_topics__topic": OuterRef("pk")}, {"author": OuterRef("pk"), "type": PERSON.slug}
        named |= Q(Exists(seen.filter(**(topic if facet == "topic" else card))), **{f"{field}__in": others})
    return named


def _plugin_of_type(slug: str) -> str:
    """ "" for the core's."""
    plugins = (one.slug for one in registry.active() if any(slug == known.slug for known in one.contributions.types))
    return "" if slug in registry.core_types else next(plugins, "")


def chosen(facet: str, asked: SearchRequest) -> list[str]:
    if facet == "type":
        return list(asked.types)
    value = asked.author_id if facet == "author" else getattr(asked, facet)
    return [str(value)] if value else []


def _shown(facet: str, asked: SearchRequest, result: SearchResult) -> list[str]:
    """The values that are offered: the most frequent ones, and what is chosen."""
    counts = result.facets[facet]
    values = [time for time in TIMES if time in counts] if facet == "time" else list(counts)[:SHOWN]
    return values + [value for value in chosen(facet, asked) if value not in values]


def filters(asked: SearchRequest, result: SearchResult, names: Names) -> list[dict[str, Any]]:
    """As components/facets.html takes them. What would narrow nothing is not offered."""
    found = []
    for facet, label in LABELS.items():
        counts, mine = result.facets[facet], chosen(facet, asked)
        options: list[dict[str, Any]] = [
            {
                "value": value,
                "label": names.name(facet, value),
                # All results have what is chosen, but for several types. It may not be counted: a department is not
                # among those below it, and of many values only those of the most matches are.
                "count": counts.get(value, 0 if facet == "type" else result.count),
                "chosen": value in mine,
            }
            for value in _shown(facet, asked, result)
        ]
        if mine or any(option["count"] < result.count for option in options):
            found.append(
                {"name": facet, "label": label, "options": options, "single": facet != "type", "any": not mine}
            )
    return found


def applied(asked: SearchRequest, names: Names) -> list[dict[str, str]]:
    """What is chosen, each with the address without it."""
    found = []
    for facet in LABELS:
        mine = chosen(facet, asked)
        for value in mine:
            rest = ",".join(other for other in mine if other != value)
            found.append({"label": names.name(facet, value), "remove_url": to_query(asked, **{facet: rest})})
    return found
