"""An audience in words, for whoever writes or reads: "Emergency, Pärnu and below"."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audience.expressions import Expression
from portal.people.models import Department, Location, Person, Role

_NAMES: dict[str, tuple[Any, str]] = {
    "department": (Department, "name"),
    "department-only": (Department, "name"),
    "head": (Department, "name"),
    "location": (Location, "name"),
    "usergroup": (Group, "name"),
}

_WORDS = {"department-only": gettext_lazy("%(department)s only"), "head": gettext_lazy("whoever heads %(department)s")}


def _token(token: str) -> str:
    sort, _sep, key = token.partition(":")
    if sort == "everyone":
        return _("everyone")
    if sort == "role":
        return Role.objects.filter(slug=key).values_list("name", flat=True).first() or key
    if sort == "person":
        person = Person.objects.filter(pk=key).first()
        return person.display_name if person else _("somebody who left")
    if sort in _NAMES:
        model, column = _NAMES[sort]
        name = model.objects.filter(pk=key).values_list(column, flat=True).first() or _("something that is gone")
        return _WORDS[sort] % {"department": name} if sort in _WORDS else str(name)
    return token


def describe(expression: Expression) -> str:
    """The audience in the reader's language. One query a token: for single pages, not for lists."""
    if expression.all == ((),):
        return _("nobody")
    clauses = [_(" or ").join(_token(token) for token in clause) for clause in expression.all]
    text = _(" and ").join(clauses) or _("everyone")
    if expression.none:
        without = ", ".join(_token(token) for token in expression.none)
        text = _("%(audience)s without %(excluded)s") % {"audience": text, "excluded": without}
    return text
