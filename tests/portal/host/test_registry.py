from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.host import discovery
from portal.host.plugin import Manifest
from portal.host.registry import Installed, _api_problem, _in_order, _requirement_problem


def installed(slug, *requires, api=">=1,<2"):
    manifest = Manifest(slug=slug, title=slug, summary="", version="1", api=api, requires=requires)
    return Installed(manifest=manifest, config=SimpleNamespace(name=slug))


def test_requirements_come_before_their_dependants():
    plugins = {p.slug: p for p in [installed("a", "b"), installed("b", "c"), installed("c")]}
    assert list(_in_order(plugins)) == ["c", "b", "a"]


def test_a_circle_makes_its_members_dormant_and_nobody_else():
    plugins = {p.slug: p for p in [installed("a", "b"), installed("b", "a"), installed("c")]}
    ordered = _in_order(plugins)
    assert "circle" in ordered["a"].problem
    assert "circle" in ordered["b"].problem
    assert ordered["c"].problem == ""


@pytest.mark.parametrize(("api", "expected"), [(">=1,<2", ""), (">=2", "it needs plugin API >=2"), ("x", "read")])
def test_another_api_version_is_a_problem(api, expected):
    assert expected in _api_problem(installed("a", api=api).manifest)


def test_a_missing_requirement_is_named():
    assert "'b', which is not installed" in _requirement_problem(installed("a", "b").manifest, {})


class Point:
    def __init__(self, name, loaded, value="pkg:Config"):
        self.name, self.value, self.module, self.attr = name, value, "pkg", "Config"
        self._loaded = loaded

    def load(self):
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


def config(slug):
    return SimpleNamespace(manifest=Manifest(slug=slug, title=slug, summary="", version="1"))


def found(monkeypatch, *points, **options):
    monkeypatch.setattr(discovery, "entry_points", lambda group: list(points))
    return discovery.installed_plugins(**options)


def test_a_plugin_that_cannot_be_imported_is_named_with_the_way_around_it(monkeypatch):
    broken = Point("lunch", ImportError("no module named soup"))
    with pytest.raises(ImproperlyConfigured, match="FOLKMOOT_PLUGINS_EXCLUDE=lunch"):
        found(monkeypatch, broken)
    assert found(monkeypatch, broken, exclude=frozenset({"lunch"})) == []


def test_two_packages_with_one_slug_stop_the_start(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="two packages bring a plugin 'lunch'"):
        found(
            monkeypatch,
            Point("lunch", config("lunch")),
            Point("lunch", config("lunch"), value="other:Config"),
        )


def test_a_manifest_with_another_slug_is_refused(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="calls itself 'dinner'"):
        found(monkeypatch, Point("lunch", config("dinner")))
