"""Writes of search managers: each is checked, told to every process, and kept in the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.audience import stamps
from portal.audit import record
from search import ranking, vocabulary
from search.models import Promotion, RankingFactor, StopPhrase, Synonym

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

Edited = Synonym | StopPhrase | Promotion


def may(person: Person | AnonymousUser | None, verb: str, model: type[Edited] | type[RankingFactor]) -> bool:
    """`verb`: add, change or delete. None is the system itself."""
    return person is None or person.has_perm(f"search.{verb}_{model._meta.model_name}")


def _check(person: Person | AnonymousUser | None, verb: str, model: type[Edited] | type[RankingFactor]) -> None:
    if not may(person, verb, model):
        raise PermissionDenied(_("Only search managers may change this."))


@transaction.atomic
def save(edited: Edited, *, acting_person: Person | None) -> None:
    """Holds with the next search. Raises ValidationError, PermissionDenied."""
    _check(acting_person, "add" if edited._state.adding else "change", type(edited))
    stamps.bump(vocabulary.STAMP)  # first: who saves at the same time waits, so that both cannot save the same phrase
    edited.full_clean()
    edited.save()
    record("search.save", edited, acting_person=acting_person, data={"as": str(edited)})


@transaction.atomic
def delete(edited: Edited, *, acting_person: Person | None) -> None:
    """Raises PermissionDenied."""
    _check(acting_person, "delete", type(edited))
    record("search.delete", edited, acting_person=acting_person, data={"as": str(edited)})
    edited.delete()
    stamps.bump(vocabulary.STAMP)


@transaction.atomic
def set_factors(values: Mapping[str, float], *, acting_person: Person | None) -> list[str]:
    """Changes numbers of the ranking; the names of those that changed. A default is not stored.

    Raises ValidationError for a name that is none, or a value out of its range; PermissionDenied.
    """
    _check(acting_person, "change", RankingFactor)
    for name, value in values.items():
        factor = ranking.BY_NAME.get(name)
        if factor is None:
            raise ValidationError(_("There is no factor %(name)s.") % {"name": name})
        if not factor.least <= value <= factor.most:
            text = _("%(label)s: give a number from %(least)g to %(most)g.")
            raise ValidationError(text % {"label": factor.label, "least": factor.least, "most": factor.most})
    before = ranking.numbers()
    changed = [name for name, value in values.items() if value != before[name]]
    for name in changed:
        row = RankingFactor(name=name, value=values[name])
        data = {"name": name, "from": before[name], "to": row.value}
        record("search.factor", row, acting_person=acting_person, data=data)
        if row.value == ranking.BY_NAME[name].default:
            row.delete()
        else:
            row.save()
    if changed:
        stamps.bump(ranking.STAMP)
    return changed
