"""A pydantic model as part of a form: a field for each of its own, and what does not fit beside each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from pydantic import BaseModel
from pydantic import ValidationError as SchemaError
from pydantic.fields import FieldInfo

from portal.host.configuring.words import problems_in
from portal.host.console.mapping_field import MappingField, shown
from portal.host.console.setting_fields import bounds_words, form_field, kind_of, text_of
from portal.host.settings import Named, named


class SchemaPart:
    """`prefix` keeps the names of several models in one form apart."""

    def __init__(self, model: type[BaseModel], prefix: str) -> None:
        self.model, self.prefix = model, prefix

    def name(self, field: str) -> str:
        """The form's name of a field of the model."""
        return f"{self.prefix}-{field}"

    def fields(self) -> dict[str, forms.Field]:
        """By the form's name, with title, help and bounds in the reader's language."""
        found = {}
        for name, info in self.model.model_fields.items():
            field, words = form_field(info, rows=True), self._words(name, info)
            field.label = str(words.title)
            # How long a text may be is told when one is too long.
            bounds = "" if kind_of(info)[0] is str else bounds_words(info)
            field.help_text = " ".join(filter(None, [str(words.help), bounds]))
            if isinstance(field, MappingField):
                field.widget.attrs["aria-label"] = field.label
            found[self.name(name)] = field
        return found

    def _words(self, name: str, info: FieldInfo) -> Named:
        """Title and help, those of the model it was taken over from, or what its name says."""
        for model in self.model.__mro__:
            inherited = getattr(model, "model_fields", {}).get(name)
            if inherited is not None and (words := named(name, inherited)).title != name:
                return words
        return Named(name.replace("_", " ").capitalize(), named(name, info).help)

    def initial(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is set, else the defaults, as the fields show it."""
        found = {}
        for name, info in self.model.model_fields.items():
            value = values[name] if name in values else info.get_default(call_default_factory=True)
            found[self.name(name)] = value if isinstance(value, dict) else text_of(value)
        return found

    def read(self, cleaned: Mapping[str, Any], present: Mapping[str, Any]) -> BaseModel:
        """What was given, typed by the model. Raises ValidationError by the form's names.

        `present`: what is set now. What is still written like that stays what it is: 4 is not "4".
        """
        names = self.model.model_fields
        values = {n: _kept(cleaned[self.name(n)], present.get(n)) for n in names if self.name(n) in cleaned}
        try:
            return self.model.model_validate(values)
        except SchemaError as error:
            problems = problems_in(error)
            raise ValidationError(
                {self.name(name) if name in names else "__all__": [text] for name, text in problems.items()}
            ) from error

    def names(self, only: Iterable[str] | None = None) -> list[str]:
        """The form's names, in the order of the model."""
        return [self.name(name) for name in (self.model.model_fields if only is None else only)]


def _kept(given: Any, present: Any) -> Any:
    if not isinstance(given, dict) or not isinstance(present, dict):
        return given
    return {
        key: present[key] if key in present and shown(present[key]) == text else text for key, text in given.items()
    }
