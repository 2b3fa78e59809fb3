"""Pages of the key figures, for writing: what it measures, a note, and who wants to be told."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plugins.kpis.bands import figure, with_unit
from plugins.kpis.describing import describable_or_404, write_definition, write_note
from plugins.kpis.forms import DefinitionForm, NoteForm, SubscriptionForm
from plugins.kpis.models import Subscription
from plugins.kpis.queries import kpi_or_404, subscribed_rows
from plugins.kpis.subscriptions import subscribe, unsubscribe
from plugins.kpis.views import subscription_form
from portal.catalogue.access import readable_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def definition(request: HttpRequest, pk: int) -> HttpResponse:
    """What the figure measures, for those who may say it."""
    kpi = kpi_or_404(pk)
    describable_or_404(request.user, kpi)
    written = kpi.definitions.newest().first()
    form = DefinitionForm(request.POST or None, initial={"text": written.text if written else ""})
    if request.method == "POST" and form.is_valid():
        try:
            write_definition(kpi, form.cleaned_data["text"], acting_person=request.user)
        except ValidationError as error:
            form.add_error(None, _flat(error))
        else:
            messages.success(request, _("It is saved; everybody who sees the figure reads it."))
            return redirect(kpi)
    return render(request, "kpis/definition.html", {"kpi": kpi, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, pk: int, reading: int) -> HttpResponse:
    """A note on one reading, for those who may write it."""
    kpi = kpi_or_404(pk)
    describable_or_404(request.user, kpi)
    chosen = get_object_or_404(kpi.readings.select_related("kpi__source", "own_note"), pk=reading)
    said = getattr(chosen, "own_note", None)
    form = NoteForm(request.POST or None, initial={"text": said.text if said else ""})
    if request.method == "POST" and form.is_valid():
        try:
            write_note(chosen, form.cleaned_data["text"], acting_person=request.user)
        except ValidationError as error:
            form.add_error(None, _flat(error))
        else:
            messages.success(request, _("The note is saved."))
            return redirect(f"{kpi.get_absolute_url()}#history")
    context = {"kpi": kpi, "reading": chosen, "value": with_unit(figure(chosen.value), kpi.unit), "form": form}
    return render(request, "kpis/note.html", context)


def _flat(error: ValidationError) -> forms.ValidationError:
    return forms.ValidationError(error.messages)


@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """When the person wants to be told of the figure."""
    kpi = kpi_or_404(pk)
    readable_or_404(request.user, kpi)
    held = Subscription.objects.filter(kpi=kpi, person=request.user).first()
    form = SubscriptionForm(request.POST) if request.method == "POST" else subscription_form(held)
    if form.is_valid():
        subscribe(kpi, acting_person=request.user, **form.cleaned_data)
        messages.success(request, _("You will be told when “%(name)s” crosses.") % {"name": kpi.name})
        return redirect(f"{kpi.get_absolute_url()}#tell-me")
    return render(request, "kpis/subscription.html", {"kpi": kpi, "form": form, "subscription": held})


@require_POST
def end_subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """The person is told no more of the figure; back to where they asked."""
    kpi = kpi_or_404(pk)
    if unsubscribe(kpi, acting_person=request.user):
        messages.success(request, _("You will not be told of “%(name)s” any more.") % {"name": kpi.name})
    if request.POST.get("from") == "list":
        return redirect("kpis:subscriptions")
    return redirect(f"{kpi.get_absolute_url()}#tell-me")


@require_safe
def subscriptions(request: HttpRequest) -> HttpResponse:
    """All figures the person is told of, of those they may see now."""
    return render(request, "kpis/subscriptions.html", {"subscribed": subscribed_rows(request.user)})
