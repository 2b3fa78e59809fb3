"""Logging in, and the language of the interface."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from portal.people.actions import set_language
from portal.people.models import Person

DEMO_ACCOUNTS = ("editor", "employee", "head", "it")
DEMO_PASSWORD = "folkmoot-demo"  # noqa: S105  printed on purpose: it opens only the demo


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """The language of the interface: kept with the person, and in a cookie for the log-in page."""
    language = request.POST.get("language", "")
    if isinstance(request.user, Person) and language in dict(settings.LANGUAGES):
        set_language(request.user, language, acting_person=request.user)
    return django_set_language(request)


class LoginView(auth.LoginView):
    """The form; `next` leads only to addresses of this site (Django checks the host)."""

    template_name = "portal/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if settings.FOLKMOOT_DEMO:
            context |= {"demo_accounts": DEMO_ACCOUNTS, "demo_password": DEMO_PASSWORD}
        return context
