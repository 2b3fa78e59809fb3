"""Fixtures for every test, those of the built-in plugins included."""

from importlib.metadata import entry_points

# An installation made before the entry point existed does not bring the kit along; never loaded twice.
_kit = [] if any(point.name == "folkmoot" for point in entry_points(group="pytest11")) else ["portal.testing.plugin"]

pytest_plugins = [*_kit, "tests.fixtures", "tests.cast"]
