"""Fixtures for every test, those of the built-in plugins included."""

pytest_plugins = ["tests.fixtures", "tests.cast", "portal.testing.plugin"]
