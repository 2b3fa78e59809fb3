from __future__ import annotations

import pytest

from portal.host import gate
from portal.host.archive import exporting, restoring, retiring, store
from portal.host.models import Archive
from tests.portal.host.plugin_data import SLUGS, fill, rows_of


@pytest.fixture
def filled(emergency, bob, alice):
    fill(emergency, bob, alice)


@pytest.mark.parametrize("slug", SLUGS)
def test_what_was_retired_is_restored_identical(filled, organisation, slug):
    before = {each: rows_of(each) for each in SLUGS}
    assert any(before[slug].values())
    archive = retiring.retire(slug, acting_person=None, reason="not used")
    assert gate.is_on_in(slug, organisation) is False
    during = rows_of(slug)
    assert not any(rows for label, rows in during.items() if label.startswith(f"{slug}."))
    assert {entry["state"] for entry in during["catalogue.entry"]} <= {"hidden"}
    assert not any(activity["live"] for activity in during["timeline.activity"])
    restoring.restore(archive, acting_person=None)
    assert {each: rows_of(each) for each in SLUGS} == before
    assert gate.is_on_in(slug, organisation) is True


def test_an_export_changes_nothing_and_verifies(filled):
    before = rows_of("kpis")
    archive = exporting.export_plugin("kpis", acting_person=None)
    manifest = store.verify(archive.path, archive.sha256)
    assert rows_of("kpis") == before
    assert archive.rows["kpis.reading"] == 2
    assert manifest["person_columns"]["kpis.kpi"]["owner_id"] == "null"
    assert store.file_of(archive).stat().st_mode & 0o777 == 0o600
    assert Archive.objects.get().state == Archive.State.EXPORTED
