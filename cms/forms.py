"""Forms of the page editor: who a page is for, and which addresses are free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks.base import BlockWidget

from cms.addresses import RESERVED
from cms.streams import PluginStreamBlock
from portal.audience.choosing import PREFIX, AudienceForm, TreeChoiceField, decompose
from portal.people.models import Department


class SectionPageForm(WagtailAdminPageForm):
    """Refuses the platform's addresses while the page has no place in the tree yet; later the model does."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        at_the_top = self.parent_page is not None and self.parent_page.depth == 2
        if not self.instance.path and at_the_top and cleaned.get("slug") in RESERVED:
            self.add_error("slug", _("This address belongs to the platform; choose another one."))
        return cleaned


class ContentPageForm(AudienceForm, SectionPageForm):
    """Lets editors choose the audience from lists; the page stores the expression."""

    department = TreeChoiceField(
        label=_("Home department"),
        queryset=Department.objects.order_by("path"),
        required=False,
        empty_label=_("The whole organisation"),
        help_text=_("Whose page it is."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whole = dict(self._close_streams())
        self.show_audience(self.instance.expression)

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
        expression = self.chosen_audience(cleaned)
        if expression is not None:
            self.instance.expression = expression
        elif decompose(self.instance.expression) is not None:
            self.add_error(f"{PREFIX}everyone", _("Choose who the page is for, or that it is for everyone."))
        return cleaned
