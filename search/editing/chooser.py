"""Choosing a result by its title, among what the editor may see."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from portal.catalogue.models import Entry
from portal.catalogue.querysets import EntryQuerySet


class _Visible:
    """Entries as far as the editor may see them."""

    request: Any

    def get_object_list(self) -> EntryQuerySet:
        return Entry.objects.visible_to(self.request.user).select_related("department").defer("body").newest()

    def get_object(self, pk: Any) -> Entry:
        entry: Entry = self.get_object_list().get(pk=pk)
        return entry

    def get_objects(self, pks: list[str]) -> EntryQuerySet:
        return self.get_object_list().filter(pk__in=[pk for pk in pks if pk.isdigit()])

    def apply_object_list_ordering(self, objects: EntryQuerySet) -> EntryQuerySet:
        return objects

    @property
    def columns(self) -> list[Column]:
        return [
            self.title_column,  # type: ignore[attr-defined]
            Column("type", label=_("Type"), accessor=lambda entry: entry.entry_type.label),
            Column("department", label=_("Department"), accessor=lambda entry: entry.department.name),
        ]


class _ByTitle(BaseFilterForm):
    q = forms.CharField(label=_("Title"), required=False, max_length=200)

    def filter(self, objects: EntryQuerySet) -> EntryQuerySet:
        self.search_query = self.cleaned_data["q"].replace("\x00", "")
        self.is_searching = bool(self.search_query)
        return objects.filter(title__icontains=self.search_query) if self.search_query else objects


class _Choose(_Visible, chooser.ChooseView):
    filter_form_class = _ByTitle


class _ChooseResults(_Visible, chooser.ChooseResultsView):
    filter_form_class = _ByTitle


class _Chosen(_Visible, chooser.ChosenView):
    pass


class _ChosenMultiple(_Visible, chooser.ChosenMultipleView):
    pass


class EntryChooserViewSet(ChooserViewSet):
    model = Entry
    icon = "doc-full"
    choose_one_text = _("Choose a result")
    choose_another_text = _("Choose another result")
    edit_item_text = _("Open this result")
    choose_view_class = _Choose
    choose_results_view_class = _ChooseResults
    chosen_view_class = _Chosen
    chosen_multiple_view_class = _ChosenMultiple
    per_page = 20


chooser_viewset = EntryChooserViewSet("entry_chooser")


class ResultChooser(chooser_viewset.widget_class):  # type: ignore[name-defined]
    """The chosen result, as far as its `reader` may see it: a number guessed tells no title."""

    reader: Any = None

    def get_instance(self, value: Any) -> Entry | None:
        if self.reader is None or value in (None, ""):
            return None
        pk = value.pk if isinstance(value, Entry) else value
        found: Entry | None = Entry.objects.visible_to(self.reader).filter(pk=pk).first()
        return found
