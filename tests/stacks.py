"""pytest plugin of tests/run.py: names each test in the report, and leaves to one stack what no stack can change."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.outcomes import left_to

# Fixtures without which no test reaches a database: pytest-django's, and those with which sites of their own begin.
DATABASE = {"db", "transactional_db", "live_server", "migrated", "demo"}
# For who writes a plugin, on a machine of theirs; what IT does with it runs on both stacks (test_installing.py).
DEVELOPERS = ("tests/thirdparty/test_kit.py", "tests/thirdparty/test_walkthrough.py")


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Write into the report each test's node id and whether it drives a browser; skip what the other stack runs."""
    stack, both = os.environ.get("FOLKMOOT_TEST_STACK"), os.environ.get("FOLKMOOT_TEST_BOTH")
    for item in items:
        browser = item.get_closest_marker("browser") is not None
        item.user_properties.append(("nodeid", item.nodeid))
        item.user_properties.append(("browser", str(browser)))
        marked = item.get_closest_marker("django_db") is not None
        why, only = only_on(item.nodeid, browser=browser, database=marked or not DATABASE.isdisjoint(item.fixturenames))
        if both and only and only != stack:
            item.add_marker(pytest.mark.skip(reason=left_to(only) + why))


def only_on(test: str, *, browser: bool, database: bool) -> tuple[str, str]:
    """Why one stack is enough for a test, and the stack that runs it where both do; ("", "") if it needs both.

    pytest-django lets no test reach the database that does not ask for it. Search has tests of the engine alone, and
    whoever writes a plugin has no more than the embedded stack.
    """
    if browser:
        return "what a browser makes of a page depends on no server", "full"
    if test.startswith(DEVELOPERS):
        return "developers need no server", "embedded"
    if database or test.startswith("tests/search"):
        return "", ""
    return "it reaches no server", "embedded"
