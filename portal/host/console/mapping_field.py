"""A form's field for a mapping: rows of two fields, what and its value. It needs no script."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SPARE = 3  # empty rows at the end; more come with each look at the form
Pairs = list[tuple[str, str]]


class MappingWidget(forms.Widget):
    """Rows of two fields, named `<name>-key` and `<name>-value`. With `keys` the first is a choice of these."""

    template_name = "host/mapping.html"
    use_fieldset = True

    def __init__(self, keys: Sequence[str] = ()) -> None:
        super().__init__()
        self.keys = list(keys)

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return ""  # the rows have labels of their own

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Pairs:
        if not hasattr(data, "getlist"):
            given = data.get(name)
            return given if isinstance(given, list) else []
        values = data.getlist(f"{name}-value")
        return list(zip(data.getlist(f"{name}-key"), values, strict=False))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-key" not in data

    def format_value(self, value: Any) -> Pairs:
        if isinstance(value, Mapping):
            return [(str(key), shown(one)) for key, one in value.items()]
        return [(key, one) for key, one in value or [] if key or one]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [*self.format_value(value), *[("", "")] * SPARE]
        # A key that the list does not know is shown all the same: it is told to be wrong, not silently lost.
        unknown = [key for key, _value in rows if key and self.keys and key not in self.keys]
        context["widget"] |= {"rows": rows, "keys": [*self.keys, *unknown] if self.keys else []}
        return context


class MappingField(forms.Field):
    """Gives a dict of texts, and of lists where `lists` are meant: those are written as JSON."""

    widget = MappingWidget

    def __init__(self, keys: Sequence[str] = (), *, lists: bool = False, **kwargs: Any) -> None:
        super().__init__(widget=MappingWidget(keys), **kwargs)
        self.lists = lists

    def to_python(self, value: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for number, (key, text) in enumerate(value or [], start=1):
            key, text = key.strip(), text.strip()
            if not key and text:
                raise ValidationError(
                    _("Row %(row)d: choose what “%(value)s” is for.") % {"row": number, "value": text}
                )
            if key in found:
                raise ValidationError(_("Row %(row)d: %(key)s is there twice.") % {"row": number, "key": key})
            if key:
                found[key] = self._read(text)
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (initial or {})
        except ValidationError:
            return True

    def _read(self, text: str) -> Any:
        if self.lists and text[:1] == "[":
            try:
                return json.loads(text)
            except ValueError:
                return text
        return text


def shown(value: Any) -> str:
    """A value of a mapping as its field shows it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
