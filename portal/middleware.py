"""Who is asking, and how refusals are told."""

from __future__ import annotations

import errno
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.host.authority import Refused
from portal.host.gate import PluginOff, is_on_for
from portal.host.owners import owner_of
from portal.social import secret_addresses

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or not request.accepts("text/html")


def problem(request: HttpRequest, status: int, title: str, detail: str, template: str) -> HttpResponse:
    """A refusal: problem+json (RFC 9457) for programs, a page for people."""
    if wants_json(request):
        return JsonResponse(
            {"type": "about:blank", "title": title, "status": status, "detail": detail},
            status=status,
            content_type="application/problem+json",
        )
    html = render_to_string(template, {"title": title, "detail": detail}, request)
    return HttpResponse(html, status=status)


class TokenMiddleware:
    """Lets programs in by `Authorization: Token ...`, before anything asks who is there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        header = request.headers.get("Authorization", "")
        if header.startswith("Token ") and request.path.startswith("/api/"):
            from rest_framework.authtoken.models import Token

            token = Token.objects.select_related("user").filter(key=header[6:].strip()).first()
            if token is None or not token.user.is_active:
                return problem(request, 401, _("This token is not valid."), _("Ask for a new one."), "401.html")
            request.user = token.user
            request.by_token = True  # type: ignore[attr-defined]
        return self.get_response(request)


class LoginRequired(LoginRequiredMiddleware):
    """Nothing without log-in. Programs are told so instead of being sent to a form."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> Any:
        if wants_json(request):
            return log_in_first(request)
        return super().handle_no_permission(request, view_func)


def log_in_first(request: HttpRequest) -> HttpResponse:
    return problem(request, 401, _("Log in first."), _("Send a session cookie or a token."), "401.html")


class PersonLanguageMiddleware:
    """The person's own language and the organisation's time zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        timezone.activate(zoneinfo.ZoneInfo(settings.TIME_ZONE))
        if request.user.is_authenticated and not request.path.startswith("/admin/"):
            language = request.user.language or settings.LANGUAGE_CODE
            translation.activate(language)
            request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class AdminTransactions:
    """What an editor saves in the admin is one transaction: the page, its log, its entry, its activity."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method == "POST" and request.path.startswith("/admin/"):
            return transaction.atomic(view)(request, *args, **kwargs)
        return None


class GateMiddleware:
    """Denies by default: any view of a plugin, wherever it is mounted, answers only while the plugin is on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        slug = owner_of(view)
        if secret_addresses.leads_to(view):
            return secret_addresses.let_in(request, view, slug, str(kwargs.get("secret", "")))
        if not slug or is_on_for(slug, request.user):
            return None
        # Django REST framework's views look after log-in themselves, so nobody has asked yet.
        return plugin_off(request) if request.user.is_authenticated else log_in_first(request)


class ProblemMiddleware:
    """Tells the refusals that are not Django's own: a plugin that is off, a database that is away."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal(request, exception)


def refusal(request: HttpRequest, exception: BaseException | None) -> HttpResponse | None:
    """What is no defect of ours, in words; None for everything else."""
    if isinstance(exception, PluginOff):
        return plugin_off(request)
    if isinstance(exception, Refused):
        return problem(request, 403, _("This is not allowed"), str(exception), "403.html")
    if isinstance(exception, OperationalError):
        return unavailable(request)
    if isinstance(exception, OSError) and exception.errno in (errno.ENOSPC, errno.EDQUOT):
        title, detail = _("There is no room left to store this."), _("Nothing was saved. IT needs to make room.")
        return problem(request, 507, title, detail, "507.html")
    return None


def plugin_off(request: HttpRequest) -> HttpResponse:
    return problem(
        request,
        403,
        _("This is switched off here."),
        _("IT has switched this part off for now. Everything in it is kept."),
        "403_plugin_off.html",
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    """No database: said without touching it (no session, no user)."""
    title, detail = _("Folkmoot cannot reach its database."), _("Nothing was changed. Try again in a minute.")
    if wants_json(request):
        return JsonResponse(
            {"title": title, "status": 503, "detail": detail},
            status=503,
            content_type="application/problem+json",
        )
    response = HttpResponse(render_to_string("503.html", {"title": title, "detail": detail}), status=503)
    response["Retry-After"] = "30"
    return response
