"""Today's lunch, on the start page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from portal.host import Widget

from folkmoot_lunch.models import Menu

SHOWN = 3


def todays_lunch(request: HttpRequest) -> str:
    """One query; "" where there is nothing today."""
    menus = list(Menu.objects.visible_to(request.user).filter(day=timezone.localdate()).order_by("pk")[:SHOWN])
    return render_to_string("lunch/widget.html", {"menus": menus}) if menus else ""


widgets = [Widget("todays-lunch", _("Today's lunch"), todays_lunch, order=40)]
