"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from portal.host import surfaces
from portal.people.models import Department


class Frame:
    """Computed at first use and once a request: pages without a frame (API, files) pay nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._values: dict[str, Any] = {}

    def value(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = getattr(self, f"_{name}")()
        return self._values[name]

    def _organisation(self) -> dict[str, str]:
        if settings.FOLKMOOT_ORGANISATION:
            return {"name": settings.FOLKMOOT_ORGANISATION}
        root = Department.objects.organisation()
        return {"name": root.name if root else ""}

    def _navigation(self) -> list[surfaces.Place]:
        return [place for place in surfaces.navigation(self._request) if not place.compose]

    def _compose_url(self) -> str:
        return next((place.url for place in surfaces.navigation(self._request) if place.compose), "")

    def _my_departments(self) -> list[Department]:
        user = self._request.user
        if not user.is_authenticated:
            return []
        return list(Department.objects.filter(memberships__person=user).order_by("-memberships__is_primary", "name"))


def frame(request: HttpRequest) -> dict[str, Any]:
    """organisation, navigation, compose_url, my_departments, demo_accounts; lazily, as callables."""
    values = Frame(request)
    names = ("organisation", "navigation", "compose_url", "my_departments")
    lazy = {name: (lambda name=name: values.value(name)) for name in names}
    return {**lazy, "demo": settings.FOLKMOOT_DEMO}
