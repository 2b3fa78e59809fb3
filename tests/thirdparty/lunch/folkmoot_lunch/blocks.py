"""The menu of the canteen in the body of a page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from portal.host.settings import settings_for
from portal.people.models import Department
from wagtail import blocks

from folkmoot_lunch.actions import SLUG
from folkmoot_lunch.models import Menu


class MenuBlock(blocks.StructBlock):
    """What is stored is only the heading: the menus are read, for each reader, when the page is drawn."""

    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)

    class Meta:
        icon = "calendar"
        label = _("Menu of the canteen")
        template = "lunch/block.html"

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        home = context["page"].department or Department.objects.organisation()
        menus = Menu.objects.visible_to(context["request"].user).filter(department=home).to_come()
        return context | {"menus": menus[: settings_for(SLUG, home).days]}


blocks = {"menu": MenuBlock()}
