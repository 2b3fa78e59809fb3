import pytest


@pytest.fixture(autouse=True)
def _nothing_remembered(folkmoot_memory):
    """What a process remembers would outlive the rows that a test rolls back."""
