"""`plugins install` and `plugins upgrade` with real wheels, real pip and a real database."""

from __future__ import annotations

import fcntl

import pytest

from portal.host.packages import compatibility, wheels
from tests.thirdparty.building import FIRST, SECOND

SOUND = SECOND.format(operation="migrations.AddField('Menu', 'price', models.IntegerField(null=True))")
BROKEN = SECOND.format(operation="migrations.RunSQL('SELECT nonsense FROM nowhere')")
HISTORY = """
from wagtail.models import ModelLogEntry
lines = ModelLogEntry.objects.filter(data__package="folkmoot-lunch").order_by("pk")
print([(line.action, line.data["after"]) for line in lines])
"""
HANGS = "import time\ntime.sleep(60)\n"


class House:
    """The Folkmoot of this module, into which each test installs."""

    def __init__(self, outside):
        self.outside, self.data, self.plugins = outside, outside.data, outside.plugins

    def refused(self, *arguments, code=4):
        """What it says, in one line."""
        done = self.outside.run("python", "manage.py", "plugins", *arguments, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr.strip().splitlines()[-1]

    def installed(self):
        """The packages in the environment itself."""
        site = next(self.outside.venv.glob("lib/python*/site-packages"))
        return {path.name for path in site.iterdir() if path.name.startswith("folkmoot_lunch")}

    def tables(self):
        asked = "from django.db import connection as c; print(c.introspection.table_names())"
        return self.outside.manage("shell", "-c", asked)


@pytest.fixture
def house(outside):
    house = House(outside)
    assert house.installed() == set()
    yield house
    if house.installed():
        outside.manage("migrate", "lunch", "zero", "--verbosity", "0")
        outside.pip("uninstall", "--yes", "folkmoot-lunch")


@pytest.fixture
def lunch(build):
    return build(migrations=(FIRST,))


def test_a_wheel_is_judged_installed_migrated_and_upgraded(house, build, lunch):
    told = house.plugins("install", str(lunch), "--dry-run")
    assert (told["plugin"], told["version"], told["done"]) == ("lunch", "1.0", False)
    assert house.installed() == set()
    told = house.plugins("install", str(lunch))
    assert (told["before"], told["migrations"], told["also"]) == ("", ["0001_first"], [])
    assert "restart" in told["next"]
    assert house.plugins("show", "lunch")["state"] == "active"
    assert "lunch_menu" in house.tables()
    assert "is installed; use `plugins upgrade`" in house.refused("install", str(lunch))
    assert "is not newer" in house.refused("upgrade", str(lunch))
    newer = build(version="2.0", migrations=(FIRST, SOUND))
    told = house.plugins("upgrade", str(newer))
    assert (told["before"], told["version"], told["migrations"]) == ("1.0", "2.0", ["0002_second"])
    assert house.plugins("show", "lunch")["version"] == "2.0"
    history = house.outside.manage("shell", "-c", HISTORY)
    assert "[('folkmoot.plugin.install', '1.0'), ('folkmoot.plugin.upgrade', '2.0')]" in history


def test_an_installation_that_fails_is_taken_back(house, build):
    wheel = build(migrations=(FIRST, BROKEN))
    said = house.refused("install", str(wheel), code=1)
    assert said.startswith("Refusal: folkmoot-lunch was not installed. manage.py migrate lunch failed")
    assert said.endswith("Everything is as it was.")
    assert house.installed() == set()
    assert "lunch_menu" not in house.tables()
    house.outside.manage("check")


def test_an_upgrade_that_fails_leaves_the_version_that_was_there(house, build, lunch):
    house.plugins("install", str(lunch))
    before = house.installed()
    said = house.refused("upgrade", str(build(version="2.0", migrations=(FIRST, BROKEN))), code=1)
    assert said.endswith("Everything is as it was.")
    assert house.installed() == before
    assert house.plugins("show", "lunch")["version"] == "1.0"
    assert "lunch_menu" in house.tables()


REFUSED = {
    "api": ({"api": ">=2"}, "needs plugin API >=2; this Folkmoot has 1.0"),
    "requirement": ({"requires": ("canteen",)}, "needs canteen, which must be installed first"),
    "slug of ours": ({"slug": "tasks"}, "There is a plugin 'tasks' already, from folkmoot"),
    "label of ours": ({"label": "tasks"}, "has the app label 'tasks', which plugins.tasks has"),
    "package of ours": ({"package": "plugins"}, "brings a Python package 'plugins'"),
    "locked": ({"dependencies": ("django<5",)}, "pip: "),
    "no plugin": ({"is_plugin": False}, "brings no plugin"),
    "raises": ({"apps": "import soup\n"}, "its apps.py cannot be imported (ModuleNotFoundError: No module named"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_before_anything_changes(case, house, build):
    fields, said = REFUSED[case]
    answer = house.refused("install", str(build(**fields)))
    assert said in answer
    if case == "locked":
        assert "django" in answer.lower()
    assert house.installed() == set()


def test_what_cannot_be_found_or_read_is_told(house, build, tmp_path):
    assert "is not installed; use `plugins install`" in house.refused("upgrade", str(build()))
    assert "There is no file nowhere.whl" in house.refused("install", "nowhere.whl")
    (tmp_path / "broken-1.0-py3-none-any.whl").write_bytes(b"PK\x03\x04 no more")
    assert "no wheel that can be read" in house.refused("install", str(tmp_path / "broken-1.0-py3-none-any.whl"))


def test_an_apps_module_that_hangs_is_given_up(build, monkeypatch):
    monkeypatch.setattr(compatibility, "SECONDS", 1)
    with pytest.raises(compatibility.Incompatible, match="not read within 1 s"):
        compatibility.manifest_of(wheels.read(build(apps=HANGS)))


def test_it_is_found_by_name_in_the_folder_of_wheels(house, lunch, monkeypatch):
    monkeypatch.setitem(house.outside.env, "FOLKMOOT_WHEELS_DIR", str(lunch.parent))
    (found,) = house.plugins("available")
    assert (found["slug"], found["command"]) == ("lunch", f"python manage.py plugins install {lunch}")
    assert house.plugins("install", "folkmoot-lunch")["package"] == "folkmoot-lunch"
    assert house.plugins("available") == []


def test_one_at_a_time(house, lunch):
    with (house.data / "packages.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "Another installation is running" in house.refused("install", str(lunch))
