"""How far the items of a source reach: whom of those around a row its entry is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audience import tokens
from portal.audience.expressions import NOBODY, Expression, widened
from portal.people.models import Department


class Role(models.TextChoices):
    """In the order in which forms offer them."""

    SOURCE = "source", _("The audience of the source")
    PEOPLE = "people", _("The people of the item: who works the shift, has to do the task, owns the figure")
    HEADS = "heads", _("The heads of the item's department")
    DEPARTMENT = "department", _("The item's department and what is below it")


def reach(
    roles: Sequence[str], *, source: Expression, people: Iterable[int | None], department: Department
) -> Expression:
    """Whoever has one of the roles (values of Role) in a row; without any, nobody.

    `source`: the audience of its source; whom it excludes, if it is among the roles, sees nothing. `people`: ids, None
    for whoever is not known here.
    """
    wanted: list[str] = []
    if Role.PEOPLE in roles:
        wanted += [f"person:{pk}" for pk in people if pk is not None]
    if Role.HEADS in roles:
        wanted.append(tokens.heads(department))
    if Role.DEPARTMENT in roles:
        wanted.append(tokens.department(department))
    return widened(source if Role.SOURCE in roles else NOBODY, *wanted)
