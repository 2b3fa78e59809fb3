"""The last resort: what a person or a program is told when nothing else answered."""

from __future__ import annotations

import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from portal.middleware import problem, refusal


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """Says the same for what does not exist and for what is not for this reader."""
    return problem(request, 404, _("There is nothing here."), _("Check the address, or search for it."), "404.html")


def forbidden(request: HttpRequest, exception: Any) -> HttpResponse:
    return problem(request, 403, _("This is not allowed."), _("Your role does not include this."), "403.html")


def bad_request(request: HttpRequest, exception: Any) -> HttpResponse:
    return problem(request, 400, _("This could not be read."), _("Go back and try again."), "400.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page is drawn without the database, which may be what is broken.

    What a middleware raises comes here without passing ProblemMiddleware, so it is asked here too.
    """
    if answer := refusal(request, sys.exc_info()[1]):
        return answer
    title, detail = _("Something broke here."), _("It was noted. The rest of Folkmoot works.")
    if request.path.startswith("/api/"):
        return problem(request, 500, title, detail, "500.html")
    from django.template.loader import render_to_string

    return HttpResponse(render_to_string("500.html", {"title": title, "detail": detail}), status=500)
