"""The filters beside the results: what is offered of each facet, and what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.catalogue.models import Topic
from portal.host.registry import registry
from portal.people import tree
from portal.people.models import Person
from search.parameters import to_query
from search.query import TIMES, SearchRequest, SearchResult

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
    """What readers call the values of facets: {(facet, value): name}."""

    rows: dict[tuple[str, str], str]

    @classmethod
    def of(cls, asked: SearchRequest, result: SearchResult) -> Names:
        """One query, for the authors and topics that are shown."""
        authors = [pk for pk in _shown("author", asked, result) if pk.isdigit()]
        topics = Topic.objects.filter(slug__in=_shown("topic", asked, result)).order_by()
        people = Person.objects.filter(pk__in=authors).order_by()
        found = topics.values_list(Value("topic"), "slug", "name", Value(""), Value(""))
        key = Cast("pk", CharField())
        rows = found.union(people.values_list(Value("author"), key, "first_name", "last_name", "username"), all=True)
        names = {}
        for facet, value, first, last, username in rows:
            person = Person(first_name=first, last_name=last, username=username)
            names[facet, value] = person.display_name if facet == "author" else first
        return cls(names)

    def name(self, facet: str, value: str) -> str:
        if facet == "type":
            known = registry.types().get(value)
            return str((known.plural or known.label) if known else value)
        if facet == "plugin":
            plugin = registry.get(value)
            return str(plugin.manifest.title) if plugin else value
        if facet == "department":
            department = tree.current().at(value)
            return department.name if department else value
        if facet == "language":
            return str(dict(settings.LANGUAGES).get(value, value))
        if facet == "time":
            return str(_TIMES.get(value, value))
        return self.rows.get((facet, value), _("One author") if facet == "author" else value)


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
                # A department that is chosen is not among those below it: all results are in it.
                "count": counts.get(value, result.count if facet == "department" else 0),
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
