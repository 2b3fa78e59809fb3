"""Rosters in the body of a page: who is on duty, and a department's week. Read for each reader when it is drawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import blocks as wagtail_blocks

from plugins.rosters.queries import department_shifts, desks_of, on_duty_shifts, team_shifts
from plugins.rosters.team import team_week_of
from plugins.rosters.week import Week
from portal.ingestion.freshness import sources_of
from portal.people.models import Department


class DepartmentField(forms.ModelChoiceField[Department]):
    """Names alone do not tell departments apart: each site may have an Emergency."""

    def label_from_instance(self, obj: Department) -> str:
        return f"{obj.name} ({obj.url_path})"


class DepartmentChooser(wagtail_blocks.ChooserBlock):
    """One department, from a list; what is stored is its number. One that is gone is none."""

    target_model = Department

    @cached_property
    def field(self) -> DepartmentField:
        return DepartmentField(Department.objects.order_by("path"), required=self._required)

    def get_form_state(self, value: Department | None) -> int | None:
        return value.pk if value else None

    class Meta:
        icon = "group"


class _RosterBlock(wagtail_blocks.StructBlock):
    department = DepartmentChooser(label=_("Department"))

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        department = value["department"]
        return context | (self.shown(department, context["request"].user) if department else {})

    def shown(self, department: Department, person: Any) -> dict[str, Any]:
        """What the template draws of the shifts that the person may see; one query."""
        raise NotImplementedError


class OnDutyBlock(_RosterBlock):
    """Who works now, and who comes next; nothing for whoever may not see that department's roster."""

    def shown(self, department: Department, person: Any) -> dict[str, Any]:
        now = timezone.now()
        shifts = on_duty_shifts(department_shifts(person, department), now)
        return {"desks": desks_of(shifts, now), "me": person.pk, "fresh": sources_of(shifts)}

    class Meta:
        icon = "calendar"
        label = _("On duty now")
        template = "rosters/blocks/on_duty.html"


class WeekBlock(_RosterBlock):
    """This week of a department; nothing for whoever may not see it."""

    def shown(self, department: Department, person: Any) -> dict[str, Any]:
        week = Week.of(timezone.localdate())
        shifts = team_shifts(person, week, department)
        roster = team_week_of(week, shifts)
        return {"week": week, "roster": roster, "department": department, "fresh": sources_of(shifts)}

    class Meta:
        icon = "calendar"
        label = _("A department's week")
        template = "rosters/blocks/week.html"


blocks = {"on_duty": OnDutyBlock(), "week": WeekBlock()}
