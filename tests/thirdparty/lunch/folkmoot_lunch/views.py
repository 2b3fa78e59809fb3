"""Pages of the canteen. Every one works without JavaScript."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from portal.catalogue.access import may_manage, readable_or_404
from portal.host import surfaces
from portal.social.rights import manageable_or_404

from folkmoot_lunch import actions
from folkmoot_lunch.forms import MenuForm
from folkmoot_lunch.models import Menu

PAGE = 20


@require_safe
def menu_list(request: HttpRequest) -> HttpResponse:
    """Today and the days to come."""
    menus = Menu.objects.visible_to(request.user).to_come()
    page = Paginator(menus, PAGE).get_page(request.GET.get("page"))
    return render(request, "lunch/menu_list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = MenuForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            menu = actions.publish_menu(acting_person=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The menu is published."))
            return redirect(menu)
    return render(request, "lunch/menu_form.html", {"form": form})


def _menu(pk: int) -> Menu:
    """The row, whoever asks: rights are judged by the entry."""
    return get_object_or_404(Menu.objects.select_related("department", "source"), pk=pk)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    menu = _menu(pk)
    entry = readable_or_404(request.user, menu)
    context = {
        "menu": menu,
        "entry": entry,
        "may_delete": menu.source is None and may_manage(request.user, entry),
        "below": surfaces.slot("entry.below", request, entry),
    }
    return render(request, "lunch/menu.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first; a POST deletes."""
    menu = _menu(pk)
    entry = manageable_or_404(request.user, menu)
    if request.method == "POST":
        try:
            actions.delete_menu(menu, acting_person=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The menu is deleted."))
        return redirect("lunch:menus")
    return render(request, "lunch/menu_delete.html", {"menu": menu, "entry": entry})
