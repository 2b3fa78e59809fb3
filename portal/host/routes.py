"""Mounts plugins' URLs, each behind the gate: a view of a plugin cannot be reached around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path

from portal.host import gate
from portal.host.registry import registry

Route = URLPattern | URLResolver


def _gated_view(slug: str, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        gate.require(slug, request.user)
        return view(request, *args, **kwargs)

    gated.folkmoot_gate = slug  # type: ignore[attr-defined]
    return gated


def gated(slug: str, routes: list[Route]) -> list[Route]:
    """The same routes with every view behind the plugin's gate."""
    wrapped: list[Route] = []
    for route in routes:
        if isinstance(route, URLResolver):
            inner = gated(slug, list(route.url_patterns))
            wrapped.append(URLResolver(route.pattern, inner, route.default_kwargs, route.app_name, route.namespace))
        else:
            view = _gated_view(slug, route.callback)
            wrapped.append(URLPattern(route.pattern, view, route.default_args, route.name))
    return wrapped


def plugin_urls() -> list[Route]:
    """`/app/<slug>/...` of every active plugin, namespaced by its slug."""
    return [
        path(f"app/{p.slug}/", include((gated(p.slug, p.contributions.urlpatterns), p.slug)))
        for p in registry.active()
        if p.contributions.urlpatterns
    ]


def plugin_api_urls() -> list[Route]:
    """`/api/v1/<slug>/...` of every active plugin, namespaced `<slug>-api`."""
    return [
        path(f"{p.slug}/", include((gated(p.slug, p.contributions.api_urlpatterns), f"{p.slug}-api")))
        for p in registry.active()
        if p.contributions.api_urlpatterns
    ]
