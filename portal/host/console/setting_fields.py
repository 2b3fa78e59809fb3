"""A field of a Django form for each sort of setting. It only reads: whether a value fits, the schema says."""

from __future__ import annotations

import types
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _
from pydantic_core import to_jsonable_python

from portal.host.console.mapping_field import MappingField, shown

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

LONG = 200  # characters; a longer text gets more than one line
YES, NO = "true", "false"
_LISTS = (list, tuple, set, frozenset)


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


class MaybeField(forms.CharField):
    """A text or number that may be left empty."""

    def clean(self, value: Any) -> Any:
        return super().clean(value) or None


def kind_of(field: FieldInfo) -> tuple[Any, bool]:
    """(the type without "or nothing", whether nothing is allowed)."""
    if get_origin(field.annotation) not in (Union, types.UnionType):
        return field.annotation, False
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    return (kinds[0] if len(kinds) == 1 else Any), len(kinds) < len(get_args(field.annotation))


def form_field(field: FieldInfo, *, rows: bool = False) -> forms.Field:
    """The form's field; what it gives is read by the schema. `rows`: a mapping is written in rows, not as JSON."""
    kind, optional = kind_of(field)
    if choices := _choices(kind):
        by_text = {text: value for value, text, _label in choices}
        listed = [(text, label) for _value, text, label in choices]
        if optional:
            listed.insert(0, ("", _("nothing")))
        return forms.TypedChoiceField(choices=listed, coerce=by_text.__getitem__, empty_value=None, required=False)
    if get_origin(kind) in _LISTS and get_args(kind)[:1] == (str,):
        return LinesField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    if rows and get_origin(kind) is dict:
        return _mapping(kind)
    if kind in (int, float, str):
        text: type[forms.CharField] = MaybeField if optional else forms.CharField
        # Where one character is meant, a blank is one.
        strip = kind is not str or _bounds(field).get("max_length") != 1
        return text(required=False, strip=strip, widget=_widget(kind, _bounds(field)))
    return forms.JSONField(required=False)


def text_of(value: Any) -> Any:
    """The value as the form's field shows it."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, _LISTS):
        return "\n".join(str(one) for one in value)
    if value is None or isinstance(value, str | int | float):
        return "" if value is None else str(value).replace("\t", "\\t")
    return to_jsonable_python(value)


def words_of(value: Any) -> str:
    """The value as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Enum):
        return str(getattr(value, "label", value.value))
    if isinstance(value, _LISTS):
        return ", ".join(words_of(one) for one in value) or _("nothing")
    if isinstance(value, dict):
        return ", ".join(f"{key} → {shown(one)}" for key, one in value.items()) or _("nothing")
    return _("nothing") if value in (None, "") else str(formats.localize(value))


def bounds_words(field: FieldInfo) -> str:
    """What the value must keep to, in a sentence; "" without bounds."""
    bounds = {name: str(formats.localize(value)) for name, value in _bounds(field).items()}
    if "ge" in bounds and "le" in bounds:
        return _("From %(low)s to %(high)s.") % {"low": bounds["ge"], "high": bounds["le"]}
    if "ge" in bounds:
        return _("At least %(limit)s.") % {"limit": bounds["ge"]}
    if "le" in bounds:
        return _("At most %(limit)s.") % {"limit": bounds["le"]}
    if "max_length" in bounds and kind_of(field)[0] is str:
        return _("At most %(limit)s characters.") % {"limit": bounds["max_length"]}
    return ""


def _choices(kind: Any) -> list[tuple[Any, str, str]]:
    """(value, what the form sends, label) of what can only be chosen."""
    if kind is bool:
        return [(True, YES, _("yes")), (False, NO, _("no"))]
    if get_origin(kind) is Literal:
        return [(value, str(value), str(value)) for value in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [(one.value, str(one.value), str(getattr(one, "label", one.value))) for one in kind]
    return []


def _mapping(kind: Any) -> MappingField:
    """Keys that are known are chosen, all others written."""
    key, value = get_args(kind)
    keys = [str(one) for one in get_args(key)] if get_origin(key) is Literal else []
    lists = any(get_origin(one) in _LISTS for one in get_args(value))
    return MappingField(keys, lists=lists, required=False)


def _bounds(field: FieldInfo) -> dict[str, Any]:
    """The limits of a number or text, by their name in the schema."""
    names = ("ge", "le", "max_length")
    return {name: getattr(item, name) for item in field.metadata for name in names if hasattr(item, name)}


def _widget(kind: type, bounds: dict[str, Any]) -> forms.Widget:
    if kind is str:
        most = bounds.get("max_length")
        return forms.Textarea(attrs={"rows": 4}) if most and most > LONG else forms.TextInput()
    attrs: dict[str, Any] = {"step": "any" if kind is float else 1}
    for name, attribute in (("ge", "min"), ("le", "max")):
        if name in bounds:
            attrs[attribute] = bounds[name]
    return forms.NumberInput(attrs=attrs)
