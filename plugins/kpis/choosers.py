"""Choosing a key figure in the editor, among those the editor may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser as views
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.widgets.chooser import BaseChooser

from plugins.kpis.models import Kpi
from plugins.kpis.queries import kpis_for
from portal.people.models import Person


def figures_for(person: Person) -> QuerySet[Kpi]:
    """The figures whose entries the person may read now."""
    keys = kpis_for(person).order_by().annotate(row=Cast("key", BigIntegerField())).values("row")
    return Kpi.objects.filter(pk__in=keys).select_related("department", "source__department")


class NameFilter(BaseFilterForm):
    """By a part of the name. (`Kpi` is not in the search of the admin: there, nobody asks who may see what.)"""

    q = forms.CharField(
        label=gettext_lazy("Name"), required=False, widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Name")})
    )

    def filter(self, objects: Any) -> Any:
        self.search_query = self.cleaned_data.get("q", "")
        self.is_searching = bool(self.search_query)
        return objects.filter(name__icontains=self.search_query) if self.is_searching else objects


class _Seen:
    """Only what the editor may see is listed, and may be chosen."""

    request: Any

    def get_object_list(self) -> QuerySet[Kpi]:
        return figures_for(self.request.user)

    def get_object(self, pk: str) -> Kpi:
        try:
            return figures_for(self.request.user).get(pk=pk)
        except ValueError as error:
            raise Kpi.DoesNotExist from error

    def get_objects(self, pks: Iterable[str]) -> QuerySet[Kpi]:
        return figures_for(self.request.user).filter(pk__in=[pk for pk in pks if pk.isdecimal()])


class _List(_Seen):
    filter_form_class = NameFilter
    ordering = ("name", "pk")

    @property
    def columns(self) -> list[Column]:
        return [self.title_column, Column("home", label=_("Department")), Column("source", label=_("Source"))]  # type: ignore[attr-defined]


class Choose(_List, views.ChooseView):
    pass


class Results(_List, views.ChooseResultsView):
    pass


class Chosen(_Seen, views.ChosenView):
    pass


class ChosenMultiple(_Seen, views.ChosenMultipleView):
    pass


class FigureChooser(BaseChooser):
    """The field for a figure. Another editor may have chosen one that this editor may not see: it is kept, unnamed."""

    def get_display_title(self, instance: Kpi) -> str:
        return instance.name if getattr(instance, "may_be_named", False) else _("A key figure that is not for you")


def name_for(person: Person | None, figures: Iterable[Kpi | None]) -> None:
    """Lets the field name those of the figures that the editor may see; one query."""
    given = [figure for figure in figures if isinstance(figure, Kpi)]
    if person is None or not given:
        return
    seen = set(figures_for(person).filter(pk__in=[one.pk for one in given]).values_list("pk", flat=True))
    for one in given:
        one.may_be_named = one.pk in seen  # type: ignore[attr-defined]


class FigureChooserViewSet(ChooserViewSet):
    model = Kpi
    icon = "view"
    choose_one_text = gettext_lazy("Choose a key figure")
    choose_another_text = gettext_lazy("Choose another key figure")
    per_page = 20
    choose_view_class = Choose
    choose_results_view_class = Results
    chosen_view_class = Chosen
    chosen_multiple_view_class = ChosenMultiple
    base_widget_class = FigureChooser

    def get_urlpatterns(self) -> list[URLPattern]:
        """Without the one for creating: sources make figures."""
        return [
            path("", self.choose_view, name="choose"),
            path("results/", self.choose_results_view, name="choose_results"),
            path("chosen/<str:pk>/", self.chosen_view, name="chosen"),
            path("chosen-multiple/", self.chosen_multiple_view, name="chosen_multiple"),
        ]


figure_chooser = FigureChooserViewSet("kpi_chooser")
