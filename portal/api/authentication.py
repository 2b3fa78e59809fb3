"""Who is asking the API: decided once, by the middleware."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class PersonAuthentication(SessionAuthentication):
    """Takes the person the middleware found. A session must send the CSRF token, an API token need not."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        user = getattr(request._request, "user", None)
        if user is None or not user.is_active:
            return None
        if not getattr(request._request, "by_token", False):
            self.enforce_csrf(request)
        return (user, None)

    def authenticate_header(self, request: Request) -> str:
        return "Token"
