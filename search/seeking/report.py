"""The report in the admin: what people seek, in three lists, with what can be done about each phrase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import ButtonsColumnMixin, Column, NumberColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets.button import Button, ListingButton
from wagtail.models import Page
from wagtail.permissions import policy_registry

from search.seeking.about import pages_about
from search.seeking.conf import PERIOD, PERIODS, RIGHT, people_needed
from search.seeking.models import Figure, Measure

Step = tuple[str, str, str, str]  # label, address, parameter, icon


def may(right: str) -> Callable[[Any], bool]:
    """Whether a person has a right."""
    return lambda person: bool(person.has_perm(right))


def may_add_pages(person: Any) -> bool:
    """Whether there is a place where the person may add pages."""
    return bool(policy_registry.get_by_type(Page).user_has_permission(person, "add"))


TABS = {
    Measure.NOTHING: _("Without results"),
    Measure.UNCLICKED: _("Without a click"),
    Measure.SOUGHT: _("Most sought"),
}
WRITE = "seeking_page"
# The step from a phrase, the address it leads to, the parameter that takes the phrase there, its icon, and who may.
_STEPS = (
    (_("Promote a result"), "search_promotions:add", "phrases", "pick", may("search.add_promotion")),
    (_("Add a synonym"), "search_synonyms:add", "term", "link", may("search.add_synonym")),
    (_("Write a page"), WRITE, "phrase", "doc-empty", may_add_pages),
)


def _period(days: int) -> str:
    return ngettext("Last %(days)d day", "Last %(days)d days", days) % {"days": days}


class SeekingFilterSet(WagtailFilterSet):
    """Without a choice: the usual period, every language."""

    period = django_filters.ChoiceFilter(label=_("Period"), choices=[])
    language = django_filters.ChoiceFilter(label=_("Language"), choices=settings.LANGUAGES, empty_label=_("All"))

    class Meta:
        model = Figure
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(days, _period(days)) for days in PERIODS if days != PERIOD]
        self.filters["period"].extra.update(choices=others, empty_label=_period(PERIOD))


class PhraseColumn(ButtonsColumnMixin, TitleColumn):
    """The phrase, which leads to what is found for it, and the steps from there."""

    def __init__(self, *args: Any, steps: list[Step], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = steps

    def get_buttons(self, instance: dict[str, Any], parent_context: Any) -> list[Button]:
        return [_button(number, step, instance) for number, step in enumerate(self.steps)]


def _button(number: int, step: Step, row: dict[str, Any]) -> Button:
    """To the form that takes the phrase; or, of a page that was begun about it, to that page."""
    label, address, parameter, icon = step
    phrase, page, asked = row["phrase"], row["page"], {parameter: row["phrase"]}
    if address == reverse(WRITE):
        asked = {"language": row["language"], "next": row["here"]} | asked
        if page is not None:
            label = gettext("Go to the page") if page.live else gettext("Go on with the draft")
            address, asked, icon = reverse("wagtailadmin_pages:edit", args=[page.pk]), {"next": row["here"]}, "edit"
    return ListingButton(
        label,
        url=f"{address}?{urlencode(asked)}",
        icon_name=icon,
        attrs={"aria-label": gettext("%(step)s for “%(phrase)s”") % {"step": label, "phrase": phrase}},
        priority=number,
    )


class FigureColumn(NumberColumn):
    """A number, or a dash where it would be about too few people."""

    def get_cell_context_data(self, instance: dict[str, Any], parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        if context["raw_value"] is None:
            context["value"] = "–"
        return context


class SeekingReport(ReportView):
    """One list of it; `measure` in the address says which. Only for those with the right to see it."""

    page_title = _("What people seek")
    header_icon = "search"
    template_name = "search/seeking/report.html"
    results_template_name = "search/seeking/report_results.html"
    filterset_class = SeekingFilterSet
    list_export = ["phrase", "language", *Measure.values, "position"]
    export_headings = {
        "phrase": _("Phrase"),
        "language": _("Language"),
        "position": _("Position opened, on average"),
        **{measure.value: measure.label for measure in Measure},
    }
    export_filename = "what-people-seek"
    pages: dict[tuple[str, str], Page] | None = None  # begun about the phrases that are shown

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied
        if kwargs["measure"] not in list(TABS):
            raise Http404
        self.measure = Measure(kwargs["measure"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return str(TABS[self.measure])

    def get_index_url(self) -> str:
        return reverse("seeking_report", args=[self.measure.value])

    def get_index_results_url(self) -> str:
        return reverse("seeking_report_results", args=[self.measure.value])

    def get_filtered_queryset(self) -> QuerySet[Any, Any]:
        chosen = self.filters.form.cleaned_data if self.filters.is_valid() else {}
        days, language = int(chosen.get("period") or PERIOD), chosen.get("language") or ""
        return Figure.objects.report(self.measure, days=days, language=language)

    def decorate_paginated_queryset(self, object_list: Any) -> list[dict[str, Any]]:
        rows, here = list(object_list), self.get_index_url() + (f"?{self.kept}" if self.kept else "")
        if self.pages is None:
            self.pages = pages_about(row["phrase"] for row in rows)
        return [
            row
            | {"position": mean_position(row), "page": self.pages.get((row["phrase"], row["language"])), "here": here}
            for row in rows
        ]

    @cached_property
    def kept(self) -> str:
        """What of the address the other lists keep."""
        asked = self.request.GET.copy()
        for name in (self.page_kwarg, "export", "_w_filter_fragment"):
            asked.pop(name, None)
        return str(asked.urlencode())

    @cached_property
    def columns(self) -> list[Column]:
        languages = dict(settings.LANGUAGES)
        return [
            PhraseColumn("phrase", label=_("Phrase"), get_url=_search_url, steps=_steps(self.request.user)),
            Column("language", label=_("Language"), accessor=lambda row: languages.get(row["language"], "")),
            *(FigureColumn(measure.value, label=measure.label) for measure in Measure),
            FigureColumn("position", label=_("Position opened, on average")),
        ]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        tabs = [
            (label, reverse("seeking_report", args=[each.value]), each == self.measure) for each, label in TABS.items()
        ]
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        # What was prepared for the page is prepared once more with the positions, which the table needs.
        context["table"] = self.get_table(self.decorate_paginated_queryset(context["object_list"]))
        return context | {"tabs": tabs, "kept": self.kept, "people_needed": people_needed()}


def mean_position(row: dict[str, Any]) -> float | None:
    """Where the results stood that were opened, from 1, on average; None if too few people opened one."""
    return round(row["positions"] / row["clicked"], 1) if row["clicked"] else None


def _search_url(row: dict[str, Any]) -> str:
    return f"{reverse('search')}?{urlencode({'q': row['phrase']})}"


def _steps(person: Any) -> list[Step]:
    """Those that lead somewhere in this installation, and are the person's to take."""
    found = []
    for label, name, parameter, icon, is_allowed in _STEPS:
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        if is_allowed(person):
            found.append((str(label), address, parameter, icon))
    return found
