from __future__ import annotations

from typing import Any

import pytest

from plugins.kpis.tests.test_conformance import TestKpis as Figures
from plugins.microblog.tests.test_conformance import TestMicroblog as Posts
from portal.host.registry import registry


@pytest.fixture
def posts() -> Posts:
    """The kit on the microblog, which keeps all of it, until a test breaks something."""
    return Posts()


@pytest.fixture
def figures() -> Figures:
    """The kit on a plugin with an adapter."""
    return Figures()


@pytest.fixture
def microblog() -> Any:
    """What the microblog contributes."""
    return registry.all()["microblog"].contributions
