"""What every plugin has to keep, as tests that any package inherits; portal/testing/README.md says how.

class TestLunch(Conformance):
    plugin = "lunch"

    def make(self, author, department):
        publish_menu(f"Soup {CANARY}", acting_person=author, department=department)
"""

from __future__ import annotations

from portal.testing.conformance.answers import Answers
from portal.testing.conformance.archives import Archives
from portal.testing.conformance.blocks import Blocks
from portal.testing.conformance.cost import Cost
from portal.testing.conformance.isolation import Isolation
from portal.testing.conformance.kit import CANARY
from portal.testing.conformance.privacy import Privacy
from portal.testing.conformance.schema import Schema

__all__ = ["CANARY", "Conformance"]


class Conformance(Archives, Answers, Cost, Isolation, Blocks, Schema, Privacy):
    """Inherited by the tests of a plugin: `plugin` and `make`, and what else of Kit the plugin needs to say."""
