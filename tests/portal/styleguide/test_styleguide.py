"""The style guide is the proof of the design system: whatever component there is, it is shown there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from portal.people.models import Person
from portal.styleguide.icons import icon_names

COMPONENTS = Path(__file__).parents[3] / "templates" / "components"


@pytest.fixture
def guide(client: Client, alice: Person) -> Client:
    client.force_login(alice)
    return client


def test_every_component_is_shown_in_the_style_guide(guide: Client) -> None:
    response = guide.get(reverse("styleguide"))
    shown = {template.name for template in response.templates}
    there = {f"components/{file.name}" for file in COMPONENTS.glob("*.html")}
    assert there
    assert there - shown == set()


def test_every_component_begins_with_the_variables_it_needs() -> None:
    silent = [file.name for file in COMPONENTS.glob("*.html") if not file.read_text().startswith("{% comment %}")]
    assert silent == []


def test_partials_stay_small() -> None:
    long = [file.name for file in COMPONENTS.glob("*.html") if len(file.read_text().splitlines()) > 60]
    assert long == []


def test_the_guide_shows_every_icon_of_the_sprite(guide: Client) -> None:
    html = guide.get(reverse("styleguide")).content.decode()
    assert len(icon_names()) > 40
    assert [name for name in icon_names() if f"#i-{name}" not in html] == []


@pytest.mark.parametrize(
    ("chosen", "attribute"),
    [("light", 'data-theme="light"'), ("dark", 'data-theme="dark"'), ("contrast", 'data-contrast="more"')],
)
def test_an_appearance_is_shown_without_a_script(guide: Client, chosen: str, attribute: str) -> None:
    start = guide.get(reverse("styleguide"), {"appearance": chosen}).content.decode().split("<head>")[0]
    assert attribute in start
    assert "data-appearance-fixed" in start


def test_an_unknown_appearance_is_left_to_the_reader(guide: Client) -> None:
    start = guide.get(reverse("styleguide"), {"appearance": '"><script>'}).content.decode().split("<head>")[0]
    assert "data-theme" not in start
    assert "script" not in start


def test_the_guide_asks_for_log_in(client: Client, db: None) -> None:
    response = client.get(reverse("styleguide"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))
