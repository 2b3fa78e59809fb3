"""Files are readable for whoever may see an entry that shows them."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue import files
from portal.catalogue.actions import hide, put
from portal.catalogue.models import Topic
from tests import factories


@pytest.fixture
def stored(db, alice, monkeypatch):
    monkeypatch.setitem(files._owners, "test/", lambda path: files.Owned(path, uploader_id=alice.pk))
    return {
        name: default_storage.save(f"test/{name}", ContentFile(b"bytes"))
        for name in ("a.png", "page.html", "drawing.svg", "report.pdf")
    }


def status(client, address):
    response = client.get(address)
    if response.streaming:
        response.getvalue()  # read to its end, the file is closed
    return response.status_code


def test_members_read_it_outsiders_do_not_and_nobody_once_it_is_hidden(stored, emergency, as_alice, as_bob, as_charlie):
    def answers():
        return [status(client, f"/files/{stored['a.png']}") for client in (as_alice, as_bob, as_charlie)]

    assert answers() == [200, 404, 404]
    card = factories.card(department=emergency, audience=any_of(tokens.department(emergency)), files=(stored["a.png"],))
    put(card)
    assert answers() == [200, 200, 404]
    hide(Topic(pk=card.obj.pk))
    assert answers() == [200, 404, 404]


def test_what_could_act_as_a_page_of_ours_is_a_download(stored, as_alice):
    for name, shown in (("a.png", True), ("report.pdf", True), ("page.html", False), ("drawing.svg", False)):
        response = as_alice.get(f"/files/{stored[name]}")
        assert response.headers["Content-Disposition"].startswith("inline" if shown else "attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert "private" in response.headers["Cache-Control"]
        response.getvalue()


def test_a_front_server_is_told_to_send_it(stored, as_alice, as_charlie, settings):
    settings.FOLKMOOT_INTERNAL_FILES_URL = "/internal/"
    response = as_alice.get(f"/files/{stored['a.png']}")
    assert response.headers["X-Accel-Redirect"] == f"/internal/{stored['a.png']}"
    assert response.content == b""
    assert "X-Accel-Redirect" not in as_charlie.get(f"/files/{stored['a.png']}").headers


@pytest.mark.parametrize(
    "path", ["../secret_key", "test/../../secret_key", "nobody/x.png", "test/none.png", "test/%00"]
)
def test_what_is_nobodys_is_not_there(stored, as_alice, as_ida, path):
    assert as_alice.get(f"/files/{path}").status_code == 404
    assert as_ida.get(f"/files/{path}").status_code == 404


def test_photos_of_people_are_for_every_colleague(as_charlie, alice, client):
    alice.photo.save("alice.png", ContentFile(b"face"))
    assert status(as_charlie, alice.photo.url) == 200
    assert status(client, alice.photo.url) == 302
