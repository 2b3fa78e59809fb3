"""No way into a plugin leads around the gate, and a way that did would be named."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from wagtail import blocks, hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.signals import page_published

from cms.models import NewsPage
from plugins.microblog.models import Post
from portal.catalogue.signals import entries_purged
from portal.host import surfaces
from portal.host.admin_gate import drop_closed
from portal.host.doors import GATE_MIDDLEWARE, GATES, addresses, doors
from portal.host.plugin import Contributions, Schedule, Widget
from portal.host.registry import registry
from portal.host.rules import FORCED_OFF, INHERIT, OFF, set_rule
from portal.ingestion.adapter import Adapter
from portal.jobs import schedules
from portal.jobs.models import ScheduledJob
from portal.people.models import Department, Person
from portal.urls import urlpatterns as site

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


def stray(request: HttpRequest) -> HttpResponse:
    return HttpResponse("canary")


# As if it lay in a plugin's package, though mounted by no plugin's urls.
stray.__module__ = "plugins.microblog.stray"


class Posts(ModelViewSet):
    """As a plugin would register it for its own model: the class is Wagtail's."""

    model, form_fields, name, url_prefix = Post, ["text"], "odd_posts", "odd"


Posts.__module__ = "wagtail.admin.viewsets.model"
posts = Posts()
in_admin = path("admin/odd/", include((posts.get_urlpatterns(), "odd_posts")))
urlpatterns = [path("elsewhere/stray/", stray), in_admin, *site]


def ungated() -> set[tuple[str, str]]:
    return {(door.kind, door.name) for door in doors() if not door.gated}


def test_every_door_of_the_running_site_is_gated() -> None:
    found = doors()
    assert {"url", "api", "navigation", "widget", "slot"} <= {door.kind for door in found}
    assert [door for door in found if not door.gated] == []


def test_without_the_middleware_a_plugins_addresses_are_named(settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != GATE_MIDDLEWARE]
    assert {"url", "api"} <= {kind for kind, _name in ungated()}


@pytest.mark.parametrize("kind", ["middleware", "context processor"])
def test_what_a_deployment_wires_in_from_a_plugin_is_named(kind: str, settings: Any) -> None:
    name = "plugins.microblog.somewhere.Thing"
    if kind == "middleware":
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, name]
    else:
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": {"context_processors": [name]}}]
    assert (kind, name) in ungated()


def test_a_hook_of_a_plugin_that_nothing_gates_is_named() -> None:
    with hooks.register_temporarily("insert_global_admin_js", stray):
        assert ("hook", "insert_global_admin_js") in ungated()


@pytest.mark.parametrize("signal", [request_started, page_published, user_logged_in], ids=["request", "page", "log-in"])
def test_a_receiver_that_runs_with_every_request_is_named(signal: Any) -> None:
    signal.connect(stray, dispatch_uid="stray")
    try:
        (name,) = (name for kind, name in ungated() if kind == "signal")
        assert name.endswith(": stray")
    finally:
        signal.disconnect(dispatch_uid="stray")


def test_a_receiver_that_keeps_rows_right_is_none() -> None:
    entries_purged.connect(stray, dispatch_uid="stray")
    try:
        assert not any(kind == "signal" for kind, _name in ungated())
    finally:
        entries_purged.disconnect(dispatch_uid="stray")


def test_template_tags_of_a_plugin_that_the_frame_loads_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    monkeypatch.setattr(
        "portal.host.doors.get_installed_libraries", lambda: {"soup": "plugins.microblog.templatetags.soup"}
    )
    (door,) = (door for door in doors() if door.kind == "template tags")
    assert door.gated
    (tmp_path / "frame.html").write_text("{% load i18n soup %}{% dish %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert ("template tags", "soup") in ungated()


def test_a_job_of_a_plugin_that_runs_as_the_cores_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "_core", dict(schedules._core))
    schedules.register_schedule("stray", "* * * * *", stray)
    assert ("job", "stray") in ungated()


def test_an_adapter_that_another_plugin_brings_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type("Odd", (Adapter,), {"slug": "odd.one", "__module__": "plugins.microblog.adapters"})
    monkeypatch.setattr(registry.get("tasks").contributions, "adapters", [kind])  # type: ignore[union-attr]
    assert ("adapter", "odd.one") in ungated()


def test_a_block_of_a_plugin_that_is_part_of_a_page_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type("Odd", (blocks.CharBlock,), {"__module__": "plugins.microblog.blocks"})
    stream = NewsPage._meta.get_field("body").stream_block
    monkeypatch.setitem(stream.base_blocks, "odd", kind())
    assert any(kind == "block" and name.endswith("body.odd") for kind, name in ungated())


def test_a_kind_of_contribution_whose_gate_nobody_has_thought_of_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given = registry.get("tasks").contributions  # type: ignore[union-attr]
    monkeypatch.setitem(vars(given), "digests", [stray])
    assert ("contribution", "digests") in ungated()
    assert set(GATES) == {field.name for field in fields(Contributions)}


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What of the plugin's contributions is run from now on."""
    given, found = registry.get("microblog").contributions, []  # type: ignore[union-attr]

    def spy(name: str, result: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            found.append(name)
            return result

        return run

    slots = {"timeline.above": "", "entry.below": "", "entry.actions": {}, "person.sections": "", "page.below": ""}
    monkeypatch.setattr(given, "slots", {name: spy(f"slot {name}", result) for name, result in slots.items()})
    monkeypatch.setattr(given, "widgets", [Widget("spy", "Spy", spy("widget", "<p>spied</p>"))])
    monkeypatch.setattr(given, "schedules", [Schedule("spy", "* * * * *", spy("job", None))])
    return found


def test_what_the_platform_renders_and_runs_it_does_not_call_while_off(
    called: list[str], as_bob: Client, emergency: Department, organisation: Department
) -> None:
    schedules.run_due()
    ScheduledJob.objects.update(next_at=timezone.now() - timedelta(days=1))
    set_rule("microblog", organisation, FORCED_OFF, acting_person=None)
    pages = ("/", f"/departments/{emergency.url_path}/", "/people/bob/", "/news/", "/search/?q=x")
    for page in pages:
        as_bob.get(page)
    while schedules.run_due():
        pass
    assert called == []
    set_rule("microblog", organisation, INHERIT, acting_person=None)
    for page in pages:
        as_bob.get(page)
    while schedules.run_due():
        pass
    assert {"widget", "job", "slot timeline.above"} <= set(called)


@pytest.mark.urls(__name__)
def test_a_plugins_view_mounted_elsewhere_is_gated_too(as_bob: Client, emergency: Department) -> None:
    assert as_bob.get("/elsewhere/stray/").content == b"canary"
    set_rule("microblog", emergency, OFF, acting_person=None)
    response = as_bob.get("/elsewhere/stray/")
    assert response.status_code == 403
    assert b"canary" not in response.content


def example(route: str) -> str:
    """An address that the route's pattern accepts."""
    filled = re.sub(r"<(?:int:)?(pk|id|year|week|number)>|<int:\w+>", "1", route)
    return re.sub(r"<\w+:\w+>|<\w+>", "x", filled).replace("\\Z", "")


def test_while_off_no_method_header_version_or_slash_opens_any_address(
    as_bob: Client, bob: Person, emergency: Department
) -> None:
    found = list(addresses())
    assert len(found) > 10
    for slug in {slug for _route, slug in found}:
        set_rule(slug, emergency, OFF, acting_person=None)
    for route, _slug in found:
        for address in {example(route), example(route).rstrip("/"), example(route).replace("/v1/", "/v2/")}:
            for method in METHODS:
                response = getattr(as_bob, method)(
                    address,
                    headers={
                        "x-http-method-override": "GET",
                        "origin": "https://elsewhere.example",
                        "access-control-request-method": "GET",
                    },
                )
                # 401: a secret address, as any other that does not work.
                assert response.status_code in (301, 401, 403, 404, 405), (method, address, response.status_code)


@pytest.mark.urls(__name__)
def test_what_a_plugin_has_in_the_admin_is_a_door_with_a_gate_and_its_menu_item_goes_too(
    as_ida: Client, ida: Person, organisation: Department, rf: Any
) -> None:
    assert ("admin", "/admin/odd/", "microblog") in {(door.kind, door.name, door.plugin) for door in doors()}
    item = MenuItem("Posts", "/admin/odd/")
    request = rf.get("/admin/")
    request.user = ida
    assert as_ida.get("/admin/odd/").status_code == 200
    set_rule("microblog", organisation, FORCED_OFF, acting_person=None)
    assert as_ida.get("/admin/odd/").status_code == 403
    request.user = Person.objects.get(pk=ida.pk)
    items = [item, MenuItem("Pages", "/admin/pages/")]
    drop_closed(request, items)
    assert [each.label for each in items] == ["Pages"]


def test_surfaces_that_did_not_ask_the_gate_would_be_found(
    called: list[str], as_bob: Client, organisation: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rule("microblog", organisation, FORCED_OFF, acting_person=None)
    monkeypatch.setattr(surfaces, "_open_plugins", lambda request: registry.active())
    as_bob.get("/")
    assert {"widget", "slot timeline.above"} <= set(called)


def test_jobs_that_did_not_ask_the_gate_would_be_found(
    called: list[str], organisation: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedules.run_due()
    ScheduledJob.objects.update(next_at=timezone.now() - timedelta(days=1))
    set_rule("microblog", organisation, FORCED_OFF, acting_person=None)
    monkeypatch.setattr(schedules, "is_parked", lambda name: False)
    while schedules.run_due():
        pass
    assert "job" in called
