"""Loading: what is generated is what the platform reads, through its own rule of visibility."""

from __future__ import annotations

import pytest
from django.db import connection

from bench import groups, plan
from portal.audience import tokens
from portal.audience.access import audiences_of

pytestmark = pytest.mark.skipif(
    "postgresql" not in str(connection.settings_dict["ENGINE"]),
    reason="other stack: the bench loads PostgreSQL by COPY",
)


@pytest.fixture
def loaded(transactional_db, monkeypatch):
    """A small organisation; the provider of groups ends with the test."""
    from bench import data

    monkeypatch.setattr(plan, "PEOPLE", 80)
    groups.provide()
    yield data.load(300)
    tokens.unregister_provider(groups.groups_of)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_group_member")


def test_readers_see_what_was_generated_for_them(loaded):
    from portal.catalogue.models import Entry
    from portal.people.models import Person
    from portal.timeline.read import timeline_page
    from tests import factories

    assert loaded["entry"] == loaded["activity"] == 300
    readers = {name: Person.objects.get(username=name) for name in plan.READERS}
    counts = {name: len(audiences_of(reader)) for name, reader in readers.items()}
    assert counts["one"] == 1
    assert (counts["median"], counts["a300"], counts["a900"]) == (12, 300, 900)
    page = timeline_page(readers["a900"])
    visible = Entry.objects.visible_to(readers["a900"]).values_list("pk", flat=True).order_by("pk")
    assert [item.entry.pk for item in page.items] == list(visible[:20])  # the newest item has the lowest number
    assert factories.entry().pk == 301  # sequences go on after what was copied


def test_indexes_and_foreign_keys_are_back_after_loading(loaded):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "timeline_activity")
    assert {"activity_page", "activity_unplaced", "activity_position"} <= constraints.keys()
    assert any(found["foreign_key"] == ("catalogue_entry", "id") for found in constraints.values())
