"""Parameters of a list, read in one way by every API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from rest_framework import serializers


def chosen(given: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    """What was asked for, one of the choices; "" if nothing was.

    Raises ValidationError, which is answered with 400 and the choices: a list of nothing would look like the truth.
    """
    value = given.get(name) or ""
    if value and value not in choices:
        raise serializers.ValidationError({name: [_("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)}]})
    return value
