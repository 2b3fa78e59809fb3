"""A form's field for people: those chosen as boxes to untick, and a search whose finds are boxes to tick. No script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.people.lookup import by_address_or_login, by_words
from portal.people.models import Person
from portal.row_ids import row_id

MOST_FOUND = 20
LONGEST = 200


@dataclass(frozen=True)
class Chosen:
    """What was sent: ids of those ticked, and what was searched for."""

    ids: Sequence[int] = ()
    words: str = ""


class PeopleWidget(forms.Widget):
    """Boxes named `<name>` with ids, and a search named `<name>-find`; the button shows the form again, as "more"."""

    template_name = "host/people.html"
    use_fieldset = True

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return f"{id_}-find" if id_ else ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Chosen:
        given = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        ids = [number for one in given if (number := row_id(str(one))) is not None]
        return Chosen(ids, str(data.get(f"{name}-find") or "").replace("\x00", "").strip()[:LONGEST])

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-find" not in data and name not in data

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        asked = value if isinstance(value, Chosen) else Chosen([person.pk for person in value or ()])
        chosen = list(Person.objects.filter(pk__in=asked.ids))
        found = found_by(asked.words, without=asked.ids) if asked.words else []
        context["widget"] |= {
            "chosen": chosen, "words": asked.words, "found": found[:MOST_FOUND], "more": len(found) > MOST_FOUND,
            "most": MOST_FOUND,
        }  # fmt: skip
        return context


class PeopleField(forms.Field):
    """Gives Persons by name. What is searched for and fits one person only chooses that one.

    Whether somebody who left may be chosen is up to the action.
    """

    widget = PeopleWidget

    def to_python(self, value: Any) -> list[Person]:
        asked = value if isinstance(value, Chosen) else Chosen()
        ids = set(asked.ids)
        if asked.words and (one := _only(asked.words, without=asked.ids)):
            ids.add(one.pk)
        people = list(Person.objects.filter(pk__in=ids))
        if len(people) < len(ids):
            raise ValidationError(_("Somebody who was chosen is not known here any more; look at the list again."))
        return people

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = {person.pk for person in initial or ()}
        return not isinstance(data, Chosen) or bool(data.words) or set(data.ids) != before


def found_by(words: str, *, without: Iterable[int]) -> list[Person]:
    """Who works here and is meant by these words, exact names first; one more than MOST_FOUND at most."""
    exact = list(by_address_or_login([words]).values())
    people = exact or list(by_words(Person.objects.active(), words).exclude(pk__in=list(without))[: MOST_FOUND + 1])
    return [person for person in people if person.pk not in set(without)]


def _only(words: str, *, without: Iterable[int]) -> Person | None:
    """The one person who is meant, None if that one is chosen already. Raises ValidationError."""
    found = found_by(words, without=without)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValidationError(
            _("Several people fit “%(words)s”; choose below, or empty the search.") % {"words": words}
        )
    if by_address_or_login([words]) or by_words(Person.objects.filter(pk__in=list(without)), words).exists():
        return None
    left = Person.objects.filter(username__iexact=words, is_active=False).first()
    if left is not None:
        raise ValidationError(_("%(name)s no longer works here; choose somebody else.") % {"name": left.display_name})
    raise ValidationError(
        _("Nobody here fits “%(words)s”; write a part of the name, the user name or the e-mail address.")
        % {"words": words}
    )
