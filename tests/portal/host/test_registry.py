from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.host import discovery
from portal.host.diagnosis import problems
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
    def __init__(self, name, loaded, value="pkg:Config", package="a-package"):
        self.dist = SimpleNamespace(name=package)
        self.name, self.value, self.module, self.attr = name, value, "pkg", "Config"
        self._loaded = loaded

    def load(self):
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


def config(slug):
    return SimpleNamespace(name=slug, manifest=Manifest(slug=slug, title=slug, summary="", version="1"))


def found(monkeypatch, *points, **options):
    monkeypatch.setattr(discovery, "entry_points", lambda group: list(points))
    monkeypatch.setattr(discovery, "passed_over", [])
    return discovery.installed_plugins(**options)


def test_a_plugin_that_cannot_be_imported_is_named_with_the_way_around_it(monkeypatch):
    broken = Point("lunch", ImportError("no module named soup"))
    with pytest.raises(ImproperlyConfigured, match="FOLKMOOT_PLUGINS_EXCLUDE=lunch"):
        found(monkeypatch, broken)
    assert found(monkeypatch, broken, exclude=frozenset({"lunch"})) == []


def test_of_two_packages_with_one_slug_ours_is_loaded_and_the_other_reported(monkeypatch):
    points = [
        Point("lunch", config("lunch"), value="evil:Config", package="a-lunch"),
        Point("lunch", config("lunch"), value="plugins.lunch:Config", package="folkmoot"),
        Point("lunch", config("lunch"), value="other:Config", package="b-lunch"),
    ]
    for given in (points, points[::-1]):
        assert [plugin.slug for plugin in found(monkeypatch, *given)] == ["lunch"]
        assert [(each.used, each.other) for each in discovery.passed_over] == [
            ("folkmoot (plugins.lunch:Config)", "a-lunch (evil:Config)"),
            ("folkmoot (plugins.lunch:Config)", "b-lunch (other:Config)"),
        ]


def test_it_is_told_of_the_package_that_is_not_loaded(monkeypatch, as_ida):
    monkeypatch.setattr(discovery, "passed_over", [])
    given = discovery.PassedOver("lunch", "folkmoot (a:B)", "other (c:D)")
    monkeypatch.setattr("portal.host.diagnosis.passed_over", [given])
    assert [problem.plugin for problem in problems() if problem.kind == "duplicate"] == ["lunch"]
    assert "other (c:D) is not" in as_ida.get("/admin/plugins/").content.decode()


def test_a_manifest_with_another_slug_is_refused(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="calls itself 'dinner'"):
        found(monkeypatch, Point("lunch", config("dinner")))
