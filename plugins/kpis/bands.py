"""How a value stands against its target and its band, as a state and in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Number = int | float

# A band that ends at the target leaves no room for "nearly": this share of the target is near.
NEAR = 0.05


def figure(value: Decimal) -> Number:
    """The same value as JSON knows it: 34, not 34.0000."""
    return int(value) if value == value.to_integral_value() else float(value)


def number(value: Decimal | None) -> Number | None:
    return None if value is None else figure(value)


def crosses(before: str, after: str) -> bool:
    """Whether a figure has come into another band: not where there was, or is, nothing aimed at."""
    return before != after and not {before, after} & {"", "none"}


@dataclass(frozen=True)
class Aim:
    """What a figure should be. `direction` is up, down or none."""

    direction: str = "none"
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None

    @property
    def band(self) -> list[Number] | None:
        return [self.lower, self.upper] if self.lower is not None and self.upper is not None else None

    def state(self, value: Number) -> str:
        """ok, warn, bad, or "" where nothing was aimed at."""
        if self.target is None and self.lower is None and self.upper is None:
            return ""
        if self._misses_limit(value):
            return "bad"
        return "warn" if self._misses_target(value) else "ok"

    def words(self, value: Number, unit: str = "") -> str:
        """The state in the reader's language: "2 points under target"; "" where nothing was aimed at."""
        state = self.state(value)
        if state == "bad":
            limit, above = self._missed_limit(value)
            said = {"limit": with_unit(limit, unit)}
            return _("Above %(limit)s") % said if above else _("Below %(limit)s") % said
        if state == "warn" and self.target is not None:
            return _gap(abs(value - self.target), unit, over=value > self.target)
        if state == "ok":
            return _("On target") if self.target is not None else _("Inside the band")
        return ""

    def crossing(self, value: Number, unit: str, before: str) -> str:
        """What happened as it came here from the state `before`: "Left its band: 46 min, above 45 min".

        In the reader's language; "" if the state is the same, or nothing was or is aimed at.
        """
        state = self.state(value)
        if not crosses(before, state):
            return ""
        said = {"value": with_unit(value, unit)}
        if state == "bad":
            limit, above = self._missed_limit(value)
            said["limit"] = with_unit(limit, unit)
            if above:
                return _("Left its band: %(value)s, above %(limit)s") % said
            return _("Left its band: %(value)s, below %(limit)s") % said
        if state == "warn":
            said["gap"] = self.words(value, unit)
            if before == "bad":
                return _("Inside its band again: %(value)s, %(gap)s") % said
            return _("Missed its target: %(value)s, %(gap)s") % said
        if self.target is not None:
            return _("Now on target: %(value)s") % said
        return _("Now inside its band: %(value)s") % said

    def demands(self, unit: str) -> list[str]:
        """What is asked of the figure, in the reader's language: "At most 40 min", "Above 45 min is bad"."""
        said = [self._demanded(with_unit(self.target, unit))] if self.target is not None else []
        low, high = self._limits()
        if low is not None and high is not None:
            both = {"low": with_unit(low, unit), "high": with_unit(high, unit)}
            said.append(_("Below %(low)s or above %(high)s is bad") % both)
        elif low is not None:
            said.append(_("Below %(limit)s is bad") % {"limit": with_unit(low, unit)})
        elif high is not None:
            said.append(_("Above %(limit)s is bad") % {"limit": with_unit(high, unit)})
        return said

    def _demanded(self, target: str) -> str:
        if self.direction == "up":
            return _("At least %(target)s") % {"target": target}
        if self.direction == "down":
            return _("At most %(target)s") % {"target": target}
        return target

    def _misses_target(self, value: Number) -> bool:
        if self.target is None:
            return False
        return (self.direction == "up" and value < self.target) or (self.direction == "down" and value > self.target)

    def _misses_limit(self, value: Number) -> bool:
        low, high = self._limits()
        return (low is not None and value < low) or (high is not None and value > high)

    def _limits(self) -> tuple[Number | None, Number | None]:
        """What may not be passed: on the bad side only, where there is a good one."""
        low, high, target = self.lower, self.upper, self.target
        if self.direction == "up":
            if low is not None and low == target:
                low = target - abs(target) * NEAR
            return low, None
        if self.direction == "down":
            if high is not None and high == target:
                high = target + abs(target) * NEAR
            return None, high
        return low, high

    def _missed_limit(self, value: Number) -> tuple[Number, bool]:
        """(the limit as the source named it, whether the value is above it)."""
        high = self._limits()[1]
        above = high is not None and value > high
        limit = self.upper if above else self.lower
        assert limit is not None
        return limit, above


def with_unit(value: Number, unit: str) -> str:
    """ "40 min", in the reader's notation."""
    rounded = round(value, 2)
    shown = str(formats.localize(int(rounded) if rounded == int(rounded) else rounded))
    return f"{shown} {unit}" if unit else shown


def _gap(gap: Number, unit: str, *, over: bool) -> str:
    gap = round(gap, 2)
    if unit == "%":
        shown = formats.localize(gap)
        plural = 1 if gap == 1 else 2
        if over:
            return ngettext("%(gap)s point over target", "%(gap)s points over target", plural) % {"gap": shown}
        return ngettext("%(gap)s point under target", "%(gap)s points under target", plural) % {"gap": shown}
    said = {"gap": with_unit(gap, unit)}
    return _("%(gap)s over target") % said if over else _("%(gap)s under target") % said
