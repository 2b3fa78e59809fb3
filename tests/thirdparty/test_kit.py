"""The conformance kit where a package is installed: on the canteen's menu, and on what `plugins new` writes.

What it writes without an adapter goes through the kit in test_walkthrough.py.
"""

from __future__ import annotations

import pytest

from tests.thirdparty.outside import Outside, copy_of
from tests.thirdparty.test_lunch import SOURCE

PACKAGES = ("folkmoot_lunch", "folkmoot_our_desk")


@pytest.fixture(scope="module")
def passed(outside: Outside) -> set[str]:
    """The tests of all packages that passed, in one run: making the database takes longer than they do."""
    outside.manage("plugins", "new", "our_desk", "--adapter", "--title", "Küche & Co.")
    lunch = copy_of(SOURCE, outside.folder / "lunch")
    outside.pip("install", "--no-build-isolation", str(lunch), str(outside.work / "folkmoot-our-desk"))
    return set(outside.tests("--pyargs", *PACKAGES))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_passes_the_conformance_kit_where_it_is_installed(package, passed):
    mine = [name for name in passed if f"{package}/tests/" in name]
    kit = {name.rpartition("::")[2] for name in mine if "::TestContract::" not in name}
    assert len(kit) >= 7
    assert "test_off_and_on_again_leaves_every_row_as_it_was" in kit


@pytest.mark.parametrize("package", PACKAGES)
def test_an_adapter_keeps_its_contract(package, passed):
    assert len([name for name in passed if f"{package}/" in name and "TestContract::" in name]) >= 10
