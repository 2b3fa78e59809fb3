"""Audiences as people choose them: lists of departments, locations, roles and groups, and a form of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from portal.audience import tokens
from portal.audience.describe import describe
from portal.audience.expressions import EVERYONE, Expression, any_of, both
from portal.people.models import Department, Location, Role

# The lists of the form, and how the tokens of each begin; a token names a role by slug, all else by id.
KINDS = {"departments": "department", "locations": "location", "roles": "role", "groups": "usergroup"}
MATCH_ALL, MATCH_ANY = "all", "any"
PREFIX = "audience_"


def token_of(kind: str, item: Any) -> str:
    """The token of one choice of the list `kind`."""
    if kind == "departments":
        return tokens.department(item)
    if kind == "groups":
        return tokens.usergroup(item.pk)
    return f"role:{item.slug}" if kind == "roles" else f"location:{item.pk}"


def compose(chosen: Mapping[str, Iterable[Any]], match: str) -> Expression | None:
    """One of each list that has choices (MATCH_ALL), or of any list (MATCH_ANY); None without a choice."""
    clauses = [[token_of(kind, item) for item in items] for kind, items in chosen.items()]
    clauses = [clause for clause in clauses if clause]
    if not clauses:
        return None
    if match == MATCH_ANY:
        return any_of(*(token for clause in clauses for token in clause))
    return both(*(any_of(*clause) for clause in clauses))


def decompose(expression: Expression) -> tuple[dict[str, list[str]], str] | None:
    """The keys chosen in each list, and the match; None for what the form's lists cannot say."""
    if expression.none or not all(expression.all):
        return None
    chosen: dict[str, list[str]] = {kind: [] for kind in KINDS}
    kinds_of_clauses = []
    for clause in expression.all:
        kinds = set()
        for token in clause:
            prefix, _sep, key = token.partition(":")
            kind = next((kind for kind, begin in KINDS.items() if begin == prefix), None)
            if kind is None:
                return None
            kinds.add(kind)
            chosen[kind].append(key)
        kinds_of_clauses.append(kinds)
    if len(kinds_of_clauses) == 1:
        return chosen, MATCH_ANY if len(kinds_of_clauses[0]) > 1 else MATCH_ALL
    single = [kinds.pop() for kinds in kinds_of_clauses if len(kinds) == 1]
    if len(single) < len(kinds_of_clauses) or len(set(single)) < len(single):
        return None
    return chosen, MATCH_ALL


class TreeMultipleChoiceField(forms.ModelMultipleChoiceField):
    """Departments with what is below them moved in."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{'— ' * (obj.depth - 1)}{obj.name}"


class TreeChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{'— ' * (obj.depth - 1)}{obj.name}"


class AudienceForm(forms.Form):
    """The fields of an audience; to be mixed into a form, which says what is chosen now and asks what shall be."""

    audience_everyone = forms.BooleanField(label=_("Everyone"), required=False)
    audience_departments = TreeMultipleChoiceField(
        label=_("Departments"),
        queryset=Department.objects.order_by("path"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With everything below them."),
    )
    audience_locations = forms.ModelMultipleChoiceField(
        label=_("Locations"),
        queryset=Location.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    audience_roles = forms.ModelMultipleChoiceField(
        label=_("Roles"),
        queryset=Role.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        to_field_name="slug",
    )
    audience_groups = forms.ModelMultipleChoiceField(
        label=_("User groups"),
        queryset=Group.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    audience_match = forms.ChoiceField(
        label=_("When several lists have choices"),
        choices=[
            (MATCH_ALL, _("People must fit every list (nurses of Emergency)")),
            (MATCH_ANY, _("Fitting one list is enough (nurses, and all of Emergency)")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )

    def show_audience(self, expression: Expression) -> None:
        """Fills in what holds at present."""
        self.initial[f"{PREFIX}everyone"] = expression == EVERYONE
        self.initial[f"{PREFIX}match"] = MATCH_ALL
        found = decompose(expression)
        if found is None:
            # Set by a program, in words the lists do not have: kept until somebody chooses anew.
            self.fields[f"{PREFIX}everyone"].help_text = _(
                "At present: %(audience)s. This stays if you choose nothing below."
            ) % {"audience": describe(expression)}
            return
        chosen, match = found
        self.initial[f"{PREFIX}match"] = match
        for kind, keys in chosen.items():
            self.initial[PREFIX + kind] = keys

    def chosen_audience(self, cleaned: Mapping[str, Any]) -> Expression | None:
        """What was chosen; None if nothing was."""
        if cleaned.get(f"{PREFIX}everyone"):
            return EVERYONE
        chosen = {kind: cleaned.get(PREFIX + kind) or [] for kind in KINDS}
        return compose(chosen, cleaned.get(f"{PREFIX}match") or MATCH_ALL)
