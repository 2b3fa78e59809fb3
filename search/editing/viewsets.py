"""The pages of the admin in which words and results are edited; every change goes through an action."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from portal.catalogue.models import Entry
from search.editing import actions
from search.editing.chooser import ResultChooser
from search.models import Promotion, StopPhrase, Synonym


class _Acting:
    """Saves and deletes by actions, which also write the history."""

    def form_valid(self: Any, form: Any) -> Any:
        """What somebody else saved since the form was checked is told as if it had been there before."""
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except ValidationError as error:
            form.add_error(None, error)
            self.produced_error_message = self.get_error_message()
            return self.form_invalid(form)

    def save_instance(self: Any) -> Any:
        edited = self.form.save(commit=False)
        actions.save(edited, acting_person=self.request.user)
        return edited

    def delete_action(self: Any) -> None:
        actions.delete(self.object, acting_person=self.request.user)


class _Create(_Acting, generic.CreateView):
    def get_initial(self) -> dict[str, Any]:
        """What the address says, so that a list of what people seek can lead here: `?phrases=…`, `?term=…`."""
        given = {name: self.request.GET[name][:500] for name in self.form_class.base_fields if name in self.request.GET}
        return super().get_initial() | given


class _Edit(_Acting, generic.EditView):
    pass


class _Delete(_Acting, generic.DeleteView):
    pass


class _Edited(ModelViewSet):
    add_to_reference_index = False
    copy_view_enabled = False
    add_view_class = _Create
    edit_view_class = _Edit
    delete_view_class = _Delete
    list_per_page = 50


class SynonymViewSet(_Edited):
    model = Synonym
    icon = "link"
    menu_label = _("Synonyms")
    form_fields = ["term", "meanings", "both_ways"]
    list_display = ["term", "meanings", "both_ways"]
    search_fields = ["term", "meanings"]
    search_backend_name = None


class StopPhraseViewSet(_Edited):
    model = StopPhrase
    icon = "cross"
    menu_label = _("Stop phrases")
    form_fields = ["phrase"]
    search_fields = ["phrase"]
    search_backend_name = None


class PromotionForm(WagtailAdminModelForm):
    """A result that the editor may not see is not shown to him, and can only be replaced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entry"].widget.reader = self.for_user
        self.fields["entry"].queryset = self._visible()
        chosen = self.instance.entry_id
        if chosen and not self._visible().filter(pk=chosen).exists():
            self.initial["entry"] = None
            self.fields["entry"].help_text = _("The present result is gone, or not for you to see. Choose another one.")

    def _visible(self) -> QuerySet[Entry]:
        return Entry.objects.visible_to(self.for_user)

    class Meta:
        model = Promotion
        fields = ("phrases", "anywhere", "action", "entry", "position", "starts_at", "ends_at")
        widgets = {"action": forms.RadioSelect, "entry": ResultChooser}
        error_messages = {"entry": {"invalid_choice": _("Choose a result that you may see.")}}


class _Promotions(generic.IndexView):
    """Titles are told as far as the editor may see what they belong to; one query for all of a page."""

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        shown = list(context["object_list"])
        ids = [promotion.entry_id for promotion in shown]
        titles = dict(Entry.objects.visible_to(self.request.user).filter(pk__in=ids).values_list("pk", "title"))
        for promotion in shown:
            promotion.result = titles.get(promotion.entry_id, _now("Gone, or not for you to see"))
        context["object_list"] = shown
        return context


class PromotionViewSet(_Edited):
    model = Promotion
    icon = "pick"
    menu_label = _("Promoted results")
    index_view_class = _Promotions
    list_display = [
        TitleColumn("phrases", label=_("Phrases"), url_name="search_promotions:edit"),
        Column("result", label=_("Result")),
        Column("action", label=_("Action"), accessor="get_action_display"),
        Column("starts_at", label=_("From")),
        Column("ends_at", label=_("Until")),
    ]
    search_fields = ["phrases"]
    search_backend_name = None

    def get_form_class(self, for_update: bool = False) -> type[PromotionForm]:
        return PromotionForm


synonyms = SynonymViewSet("search_synonyms", url_prefix="search/synonyms")
stop_phrases = StopPhraseViewSet("search_stop_phrases", url_prefix="search/stop-phrases")
promotions = PromotionViewSet("search_promotions", url_prefix="search/promotions")
