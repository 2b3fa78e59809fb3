"""The finder, and what one says about oneself."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from plugins.expertise.actions import SLUG, declare_skills
from plugins.expertise.finder import find_people
from plugins.expertise.forms import SkillsForm
from plugins.expertise.models import DeclaredSkill
from portal.host import gate
from search.terms import clean

SHOWN = 20


@require_safe
def finder(request: HttpRequest) -> HttpResponse:
    """Who knows about `q`."""
    question = clean(request.GET.get("q", ""))
    found = find_people(request.user, question) if question else None
    context = {
        "question": question,
        "findings": found.people[:SHOWN] if found else [],
        "more": max(len(found.people) - SHOWN, 0) if found else 0,
    }
    return render(request, "expertise/finder.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """The form for one's own skills."""
    gate.require_in(SLUG, request.user.primary_department)
    declared = DeclaredSkill.objects.filter(content_object__person=request.user).order_by("pk")
    initial = {"skills": ", ".join(declared.values_list("tag__name", flat=True))}
    form = SkillsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            declare_skills(form.names(), acting_person=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(request.user.get_absolute_url())
    return render(request, "expertise/me.html", {"form": form})
