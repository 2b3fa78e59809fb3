"""The conformance kit where a package is installed: on the canteen's menu, and on what `plugins new` writes."""

from __future__ import annotations

import pytest

from tests.thirdparty.outside import Outside, copy_of
from tests.thirdparty.test_lunch import SOURCE

PACKAGES = ("folkmoot_lunch", "folkmoot_our_soup")


@pytest.fixture(scope="module")
def passed(outside: Outside) -> set[str]:
    """The tests of both packages that passed, in one run: making the database takes longer than they do."""
    outside.manage("plugins", "new", "our_soup", "--title", "Küche & Co.")
    lunch = copy_of(SOURCE, outside.folder / "lunch")
    outside.pip("install", "--no-build-isolation", str(lunch), str(outside.work / "folkmoot-our-soup"))
    return set(outside.tests("--pyargs", *PACKAGES))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_passes_the_conformance_kit_where_it_is_installed(package, passed):
    kit = {name.rpartition("::")[2] for name in passed if f"{package}/tests/test_conformance.py::" in name}
    assert len(kit) >= 7
    assert "test_off_and_on_again_leaves_every_row_as_it_was" in kit


def test_the_adapter_of_the_menus_keeps_its_contract(passed):
    assert len([name for name in passed if "TestContract::" in name]) >= 10
