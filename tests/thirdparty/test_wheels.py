"""What could be installed, read from files alone."""

from __future__ import annotations

import shutil

import pytest
from packaging.version import Version

from portal.host.packages import wheels


@pytest.fixture
def folder(settings, tmp_path, build):
    settings.FOLKMOOT_WHEELS_DIR = tmp_path
    for fields in ({}, {"version": "1.1"}, {"is_plugin": False, "name": "soup", "package": "soup"}):
        shutil.copy(build(**fields), tmp_path)
    return tmp_path


def test_the_newest_of_each_plugin_is_told_with_the_command(folder):
    (found,) = (each for each in wheels.available() if not each.problem)
    assert (found.slug, found.package, found.version) == ("lunch", "folkmoot-lunch", "1.1")
    assert found.summary == "What the canteen serves."
    assert found.command == f"python manage.py plugins install {found.path}"


def test_what_cannot_be_read_is_told_and_costs_itself_only(folder):
    (folder / "cut-1.0-py3-none-any.whl").write_bytes(b"PK")
    problems = {each.path.name: each.problem for each in wheels.available() if each.problem}
    assert "brings no plugin" in problems["soup-1.0-py3-none-any.whl"]
    assert "no wheel that can be read" in problems["cut-1.0-py3-none-any.whl"]


def test_what_is_installed_is_offered_only_if_newer(folder, monkeypatch):
    monkeypatch.setattr(wheels, "versions_installed", lambda: {"lunch": Version("1.0.5")})
    (found,) = (each for each in wheels.available() if not each.problem)
    assert (found.version, found.installed) == ("1.1", "1.0.5")
    assert found.command.startswith("python manage.py plugins upgrade ")
    monkeypatch.setattr(wheels, "versions_installed", lambda: {"lunch": Version("1.1")})
    assert [each for each in wheels.available() if not each.problem] == []


def test_without_a_folder_nothing_is_offered(settings):
    settings.FOLKMOOT_WHEELS_DIR = None
    assert wheels.available() == []


def test_the_console_lists_them(folder, organisation, as_ida):
    (folder / "cut-1.0-py3-none-any.whl").write_bytes(b"PK")
    text = as_ida.get("/admin/plugins/").content.decode()
    assert "folkmoot_lunch-1.1-py3-none-any.whl</code>" in text
    assert "no wheel that can be read" in text
