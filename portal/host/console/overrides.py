"""A form of things that a department either has of its own or inherits: settings, and permissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.host.changes import REASON_LENGTH

if TYPE_CHECKING:
    from portal.people.models import Department

INHERIT, OWN = "inherit", "own"


@dataclass(frozen=True)
class Item:
    """One line of the form. `value` is what holds, as `field` shows it; `words` and `above_words` are for reading.

    `source`: "own", "inherited" or "default"; `set_at` is where the value comes from, `above_at` where the one
    does that would hold without the own one. None is the default.
    """

    name: str
    title: str
    help: str
    field: forms.Field
    value: Any
    words: str
    source: str
    set_at: Department | None
    above_words: str
    above_at: Department | None

    @property
    def source_words(self) -> str:
        if self.source == "own":
            return _("Set here.")
        if self.set_at is None:
            return _("By default.")
        return _("From %(department)s.") % {"department": self.set_at.name}

    @property
    def inherit_words(self) -> str:
        """The choice of having no own value."""
        if self.above_at is None:
            return _("Use the default: %(value)s") % {"value": self.above_words}
        return _("Use what %(department)s has: %(value)s") % {
            "department": self.above_at.name,
            "value": self.above_words,
        }


@dataclass(frozen=True)
class Line:
    """An item with its two fields, for the template."""

    item: Item
    mode: BoundField
    value: BoundField

    @property
    def id(self) -> str:
        return f"override-{self.item.name}"

    @property
    def errors(self) -> list[str]:
        return [*self.mode.errors, *self.value.errors]

    @property
    def widget(self) -> SafeString:
        """The own value's widget, named for screen readers by what is around it."""
        told = f"{self.id}-about" + (f" {self.id}-error" if self.errors else "")
        return self.value.as_widget(attrs={"aria-describedby": told})

    @property
    def seen(self) -> SafeString:
        """What the reader saw, so that only what they changed is changed."""
        return self.mode.as_hidden(only_initial=True) + self.value.as_hidden(only_initial=True)


class OverridesForm(forms.Form):
    """Two fields an item: whether it has an own value, and that value."""

    fingerprint = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        required=False,
        help_text=gettext_lazy("For those who read the history later."),
    )

    def __init__(
        self, department: Department, items: Sequence[Item], fingerprint: str, data: QueryDict | None = None
    ) -> None:
        super().__init__(data, initial={"fingerprint": fingerprint})
        self.department, self.items = department, items
        own = _("Own value for %(department)s") % {"department": department.name}
        for item in items:
            choices = [(INHERIT, item.inherit_words), (OWN, own)]
            mode = forms.ChoiceField(choices=choices, widget=forms.RadioSelect, show_hidden_initial=True)
            mode.initial = OWN if item.source == "own" else INHERIT
            item.field.initial, item.field.show_hidden_initial = item.value, True
            item.field.label = _("Own value: %(title)s") % {"title": item.title}
            self.fields |= {_mode(item.name): mode, _value(item.name): item.field}

    @property
    def lines(self) -> list[Line]:
        return [Line(item, self[_mode(item.name)], self[_value(item.name)]) for item in self.items]

    @property
    def problems(self) -> list[Line]:
        """The lines that have an error, for the summary above the form."""
        return [line for line in self.lines if line.errors]

    def clean(self) -> dict[str, Any]:
        """A new value beside the choice to inherit is a slip: nobody can tell which of the two is meant."""
        for item in self.items:
            if self.cleaned_data.get(_mode(item.name)) == INHERIT and _value(item.name) in self.changed_data:
                slip = _("You changed the value, but chose not to have an own one. Choose the own value too.")
                self.add_error(_value(item.name), slip)
        return self.cleaned_data

    def wanted(self) -> tuple[dict[str, Any], list[str]]:
        """(own values, names of what is inherited again), of what the reader changed only."""
        values, unset = {}, []
        for item in self.items:
            if not {_mode(item.name), _value(item.name)} & set(self.changed_data):
                continue
            if self.cleaned_data[_mode(item.name)] == OWN:
                values[item.name] = self.cleaned_data[_value(item.name)]
            else:
                unset.append(item.name)
        return values, unset

    def refuse(self, error: ValidationError) -> None:
        """Puts what was refused beside its field; what has none, above the form."""
        found = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, texts in found.items():
            self.add_error(_value(name) if _value(name) in self.fields else None, texts)

    def onto(self, new: OverridesForm) -> OverridesForm:
        """What the reader changed, on top of what holds now: `new` with data."""
        assert isinstance(self.data, QueryDict)
        data = QueryDict(mutable=True)
        for name, field in new.fields.items():
            fresh = new[name].value()
            listed = [str(one or "") for one in (fresh if isinstance(fresh, list) else [fresh])]
            changed = field.show_hidden_initial and name in self.changed_data
            data.setlist(new[name].html_initial_name, listed)
            data.setlist(name, self.data.getlist(name) if changed or name == "reason" else listed)
        return OverridesForm(new.department, new.items, str(data["fingerprint"]), data)


def _mode(name: str) -> str:
    return f"mode-{name}"


def _value(name: str) -> str:
    return f"value-{name}"
