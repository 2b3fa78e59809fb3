"""Forms of the page editor: who a page is for, and which addresses are free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks.base import BlockWidget

from cms.addresses import RESERVED
from cms.audience import KINDS, MATCH_ALL, MATCH_ANY, compose, decompose
from cms.streams import PluginStreamBlock
from portal.audience.describe import describe
from portal.audience.expressions import EVERYONE
from portal.people.models import Department, Location, Role

PREFIX = "audience_"


class TreeMultipleChoiceField(forms.ModelMultipleChoiceField):
    """Departments with what is below them moved in."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{'— ' * (obj.depth - 1)}{obj.name}"


class TreeChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{'— ' * (obj.depth - 1)}{obj.name}"


class SectionPageForm(WagtailAdminPageForm):
    """Refuses the platform's addresses while the page has no place in the tree yet; later the model does."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        at_the_top = self.parent_page is not None and self.parent_page.depth == 2
        if not self.instance.path and at_the_top and cleaned.get("slug") in RESERVED:
            self.add_error("slug", _("This address belongs to the platform; choose another one."))
        return cleaned


class ContentPageForm(SectionPageForm):
    """Lets editors choose the audience from lists; the page stores the expression."""

    department = TreeChoiceField(
        label=_("Home department"),
        queryset=Department.objects.order_by("path"),
        required=False,
        empty_label=_("The whole organisation"),
        help_text=_("Whose page it is."),
    )
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whole = dict(self._close_streams())
        expression = self.instance.expression
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

    def _close_streams(self) -> Iterator[tuple[str, PluginStreamBlock]]:
        """Parts of plugins that are off for the editor or the page are not offered; those that are there are kept."""
        for name, field in self.fields.items():
            whole = getattr(field, "block", None)
            if isinstance(whole, PluginStreamBlock) and self.for_user is not None:
                mine, value = whole.for_editor(getattr(self.instance, name), self.for_user, self.instance.department)
                field.block, field.widget = mine, BlockWidget(mine)
                field.widget.is_required = field.required
                self.initial[name] = value
                yield name, whole

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name, whole in self._whole.items():
            if name in cleaned:  # what was kept is whole again, with its references
                cleaned[name] = whole.to_python(self.fields[name].block.get_prep_value(cleaned[name]))
        if cleaned.get(f"{PREFIX}everyone"):
            self.instance.expression = EVERYONE
            return cleaned
        chosen = {kind: cleaned.get(PREFIX + kind) or [] for kind in KINDS}
        expression = compose(chosen, cleaned.get(f"{PREFIX}match") or MATCH_ALL)
        if expression is not None:
            self.instance.expression = expression
        elif decompose(self.instance.expression) is not None:
            self.add_error(f"{PREFIX}everyone", _("Choose who the page is for, or that it is for everyone."))
        return cleaned
