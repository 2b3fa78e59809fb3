"""Logging in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth

DEMO_ACCOUNTS = ("editor", "employee", "head", "it")
DEMO_PASSWORD = "folkmoot-demo"  # noqa: S105  printed on purpose: it opens only the demo


class LoginView(auth.LoginView):
    """The form; `next` leads only to addresses of this site (Django checks the host)."""

    template_name = "portal/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if settings.FOLKMOOT_DEMO:
            context |= {"demo_accounts": DEMO_ACCOUNTS, "demo_password": DEMO_PASSWORD}
        return context
