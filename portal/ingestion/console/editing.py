"""Adding a source, and changing one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from portal.host.configuring import meanwhile
from portal.host.registry import registry
from portal.ingestion import actions, adapters
from portal.ingestion.changes import facts_of
from portal.ingestion.console import secrets
from portal.ingestion.console.access import for_central_it, of_a_source, of_source, person_of, titled
from portal.ingestion.console.forms import SourceForm
from portal.ingestion.console.states import next_runs
from portal.ingestion.console.trying import SECONDS, Trial, try_out
from portal.ingestion.models import Source


@for_central_it
def choose(request: HttpRequest) -> HttpResponse:
    """The adapters there are, by plugin: first is said what is read, then how."""
    found: dict[tuple[str, bool], list[Any]] = {}
    for adapter, slug in adapters.every().values():
        plugin = registry.get(slug)
        title = str(plugin.manifest.title) if plugin else slug
        found.setdefault((title, adapter.complete), []).append(adapter)
    groups = [(title, complete, found[title, complete]) for title, complete in sorted(found)]
    return render(request, "ingestion/choose.html", titled(_("Add a source"), groups=groups))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_central_it
def add(request: HttpRequest, adapter: str) -> HttpResponse:
    """The form for a new source of this adapter. What is saved answers with the push secret, once."""
    if adapter not in adapters.every():
        raise Http404
    form = _form(request, adapter, None)
    trial = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        fields = form.wanted()
        slug, name, department = form.cleaned_data["slug"], fields.pop("name"), fields.pop("department")
        try:
            if "test" in request.POST:
                new = Source(slug=slug, adapter=adapter, plugin=adapters.plugin_of(adapter), sealed_secrets="-")
                trial = _try(form, new, fields | {"name": name, "department": department})
            else:
                source = actions.create_source(
                    slug, adapter=adapter, name=name, department=department, acting_person=person_of(request), **fields
                )
                return secrets.shown(request, source, source.secrets[0], created=True)
        except ValidationError as error:
            form.refuse(error)
    title = _("Add a source: %(adapter)s") % {"adapter": adapters.get(adapter).title}
    return _shown(request, form, titled(title, source=None, current=""), trial)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@of_a_source
def edit(request: HttpRequest, source: Source) -> HttpResponse:
    """The form of a source that is there; only what was changed is saved, and nothing over what somebody else did."""
    if source.adapter not in adapters.every():
        messages.error(request, _("Its plugin is not installed; until it is, nothing can be changed."))
        return redirect("source_page", slug=source.slug)
    form = _form(request, source.adapter, source)
    seen = meanwhile.fingerprint_of(facts_of(source))
    trial = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        fields = form.wanted()
        try:
            if "test" in request.POST:
                trial = _try(form, source, fields)
            else:
                meanwhile.check(facts_of(source), request.POST.get("seen", ""))
                if fields:
                    actions.update_source(source, acting_person=person_of(request), **fields)
                messages.success(request, _("Saved.") if fields else _("Nothing was changed."))
                return redirect("source_page", slug=source.slug)
        except ValidationError as error:
            form.refuse(error)
    return _shown(request, form, of_source(source, _("Edit"), "source_edit", seen=seen), trial)


def _form(request: HttpRequest, adapter: str, source: Source | None) -> SourceForm:
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    return SourceForm(adapters.get(adapter), source, *data)


def _try(form: SourceForm, source: Source, fields: dict[str, Any]) -> Trial:
    """Raises ValidationError. Whom to tell is kept beside the source, and changes nothing of what it reads."""
    fields = {name: value for name, value in fields.items() if name != "told"}
    return try_out(actions.as_if(source, fields), form.cleaned_data.get("file"))


def _shown(request: HttpRequest, form: SourceForm, context: dict[str, Any], trial: Trial | None) -> HttpResponse:
    """The form, with all that was typed but secrets and files."""
    if "more" in request.POST:
        form = _unbound_errors(form)
    if request.POST.get("token"):
        form["token"].help_text = _("It is not shown again: type it once more before you save.")
    schedule = str(form["schedule"].value() or "")
    context |= {"form": form, "trial": trial, "next_runs": next_runs(schedule), "seconds": SECONDS}
    return render(request, "ingestion/edit.html", context, status=422 if form.is_bound and form.errors else 200)


def _unbound_errors(form: SourceForm) -> SourceForm:
    """Whoever only asks for more rows is told of no errors yet."""
    form.full_clean()
    form.errors.clear()
    return form
