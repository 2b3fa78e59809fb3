"""Two who change the same thing at once: the second is told, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.audience import stamps


class ChangedMeanwhile(ValidationError):
    """What was looked at holds no longer. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has changed this since you looked; look at what holds now and save again."))


def fingerprint_of(values: Mapping[str, Any]) -> str:
    """Of what is set in a department: goes into a change as `expected`."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def check(values: Mapping[str, Any], expected: str) -> None:
    """Raises ChangedMeanwhile if `expected` is a fingerprint, and not that of the values."""
    if expected and expected != fingerprint_of(values):
        stamps.forget()  # whoever looks now sees what was changed, though another process did it a moment ago
        raise ChangedMeanwhile
