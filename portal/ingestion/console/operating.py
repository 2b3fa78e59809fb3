"""Running, pausing, replaying and deleting a source: each by POST."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.ingestion import actions, lifecycle
from portal.ingestion.console.access import done, of_a_source, of_source, person_of
from portal.ingestion.models import Source


@require_POST
@of_a_source
def run(request: HttpRequest, source: Source) -> HttpResponse:
    """Hands it to the worker; nothing is fetched here."""

    def act() -> str:
        return lifecycle.in_words(lifecycle.run_now(source, acting_person=person_of(request)))

    return done(request, act, then="source_page", slug=source.slug)


@require_POST
@of_a_source
def pause(request: HttpRequest, source: Source) -> HttpResponse:
    def act() -> str:
        actions.pause_source(source, acting_person=person_of(request))
        return _("Paused. What is sent is kept.")

    return done(request, act, then="source_page", slug=source.slug)


@require_POST
@of_a_source
def resume(request: HttpRequest, source: Source) -> HttpResponse:
    def act() -> str:
        actions.resume_source(source, acting_person=person_of(request))
        return _("It goes on. What waits is applied within seconds.")

    return done(request, act, then="source_page", slug=source.slug)


@require_POST
@of_a_source
def replay(request: HttpRequest, source: Source) -> HttpResponse:
    """Everything that failed, and everything with rejected items, once more."""

    def act() -> str:
        count = actions.replay(source, acting_person=person_of(request))
        text = ngettext("%(n)d delivery is tried again.", "%(n)d deliveries are tried again.", count)
        return text % {"n": count} if count else _("There is nothing to try again.")

    return done(request, act, then="source_page", slug=source.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@of_a_source
def delete(request: HttpRequest, source: Source) -> HttpResponse:
    """Asks first; while anything hangs on the source it says what."""
    if request.method == "POST":
        try:
            lifecycle.delete_source(source, acting_person=person_of(request))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("source_delete", slug=source.slug)
        messages.success(request, _("%(source)s is deleted.") % {"source": source.name})
        return redirect("sources")
    context = of_source(source, _("Delete"), "", hanging=lifecycle.hangs_on(source))
    return render(request, "ingestion/delete.html", context)
