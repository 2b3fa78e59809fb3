"""What every page's frame needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from portal.audience.access import access_of
from portal.host import surfaces
from portal.notifications.actions import unread_count
from portal.people import tree
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
        root = tree.current().organisation
        return {"name": root.name if root else ""}

    def _places(self) -> list[surfaces.Place]:
        return surfaces.navigation(self._request)

    def _navigation(self) -> list[surfaces.Place]:
        return [place for place in self.value("places") if not place.compose]

    def _compose_url(self) -> str:
        return next((place.url for place in self.value("places") if place.compose), "")

    def _my_departments(self) -> list[Department]:
        """The primary one first."""
        access = access_of(self._request.user)
        mine = tree.current().some(access.departments)
        return sorted(mine, key=lambda department: department.pk != access.primary)

    def _unread(self) -> int:
        return unread_count(self._request.user)

    def _opens_admin(self) -> bool:
        user = self._request.user
        return access_of(user).remembers("opens_admin", lambda: user.has_perm("wagtailadmin.access_admin"))


def frame(request: HttpRequest) -> dict[str, Any]:
    """organisation, navigation, compose_url, my_departments, opens_admin, unread; lazily, as callables."""
    values = Frame(request)
    names = ("organisation", "navigation", "compose_url", "my_departments", "opens_admin", "unread")
    lazy = {name: (lambda name=name: values.value(name)) for name in names}
    return {**lazy, "demo": settings.FOLKMOOT_DEMO}
