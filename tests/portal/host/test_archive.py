from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from plugins.kpis.tests.samples import csv_of, row
from plugins.microblog.actions import edit_post, publish_post
from plugins.microblog.models import Post
from plugins.tasks.models import Task
from portal.catalogue.actions import entry_for
from portal.catalogue.models import Entry
from portal.host import gate, rules
from portal.host.archive import exporting, purging, restoring, retiring, store
from portal.host.models import Archive
from portal.host.privacy import PrivacyFailed, erase_person, export_person
from portal.ingestion import runner
from portal.ingestion.inbox import receive
from portal.ingestion.models import Delivery, Source
from portal.people.actions import add_membership
from portal.people.models import Department
from portal.testing.adapters import deliver, make_source
from tests import factories
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


@pytest.mark.parametrize("slug", SLUGS)
def test_what_was_purged_comes_back_from_its_export(filled, slug):
    rules.set_rule(slug, Department.objects.get(slug="emergency"), rules.ON, acting_person=None)
    before = {each: rows_of(each) for each in SLUGS}
    archive = exporting.export_plugin(slug, acting_person=None)
    purging.purge(slug, acting_person=None)
    left = rows_of(slug)
    assert {entry["state"] for entry in left.pop("catalogue.entry")} <= {"removed"}
    assert not any(rows for label, rows in left.items() if not label.startswith(("catalogue.", "timeline.")))
    archive.refresh_from_db()
    restoring.restore(archive, acting_person=None)
    assert {each: rows_of(each) for each in SLUGS} == before


def test_a_purge_needs_an_export_of_what_there_is_now(filled, emergency, bob):
    with pytest.raises(ValidationError, match="no export"):
        purging.purge("microblog", acting_person=None)
    exporting.export_plugin("microblog", acting_person=None)
    publish_post("One more", acting_person=bob, department=emergency)
    with pytest.raises(ValidationError, match="has changed"):
        purging.purge("microblog", acting_person=None)
    assert Post.objects.count() == 3


def test_only_once_and_only_by_central_it(filled, alice):
    with pytest.raises(PermissionDenied):
        retiring.retire("kpis", acting_person=alice)
    archive = retiring.retire("kpis", acting_person=None)
    with pytest.raises(ValidationError, match="retired already"):
        retiring.retire("kpis", acting_person=None)
    archive = restoring.restore(archive, acting_person=None)
    with pytest.raises(ValidationError, match="restored already"):
        restoring.restore(archive, acting_person=None)


def test_a_damaged_archive_is_refused_and_nothing_changes(filled):
    archive = retiring.retire("kpis", acting_person=None)
    path = store.file_of(archive)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(store.ArchiveError):
        restoring.restore(archive, acting_person=None)
    assert Archive.objects.get().state == Archive.State.RETIRED


def test_where_no_archive_can_be_written_nothing_changes(filled, settings, tmp_path):
    before = rows_of("microblog")
    (tmp_path / "full").write_text("not a folder")
    settings.FOLKMOOT_ARCHIVE_DIR = tmp_path / "full"
    with pytest.raises(store.ArchiveError, match="Nothing was changed"):
        retiring.retire("microblog", acting_person=None)
    assert rows_of("microblog") == before
    assert not Archive.objects.exists()


def test_a_retired_plugin_blocks_no_deletion_and_comes_back_above(emergency, organisation, bob, alice):
    ward = factories.department("Ward", parent=emergency)
    add_membership(bob, ward, acting_person=None)
    post = publish_post("From the ward", acting_person=bob, department=ward)
    source = make_source("kpis.csv", slug="ward-figures", department=ward)
    deliver(source, csv_of(row("door", 0, 34)))
    archives = [retiring.retire(slug, acting_person=None) for slug in ("microblog", "kpis")]
    source.refresh_from_db()
    assert source.paused
    Department.objects.get(pk=ward.pk).delete()
    bob.delete()
    for archive in archives:
        restoring.restore(archive, acting_person=None)
    restored = Post.objects.get(pk=post.pk)
    assert (restored.department, restored.author) == (emergency, None)
    entry = entry_for(restored)
    assert (entry.state, entry.department, entry.gate.key) == ("live", emergency, f"microblog@{emergency.pk}")
    source.refresh_from_db()
    assert (source.department, source.paused) == (emergency, False)


def test_what_hung_on_a_source_that_was_deleted_stays_gone(filled):
    archive = retiring.retire("kpis", acting_person=None)
    Source.objects.get(slug="ehr-figures").delete()
    restoring.restore(archive, acting_person=None)
    found = rows_of("kpis")
    assert (found["kpis.kpi"], found["kpis.reading"]) == ([], [])
    assert {entry["state"] for entry in found["catalogue.entry"]} == {"removed"}


def test_comments_come_back_for_whom_their_post_is_for_by_now(filled, emergency, bob):
    archive = retiring.retire("comments", acting_person=None)
    post = Post.objects.get(author=bob)
    edit_post(post, acting_person=bob, for_everyone=True)
    restoring.restore(archive, acting_person=None)
    audiences = Entry.objects.filter(plugin="comments").values_list("audience_id", flat=True)
    assert set(audiences) == {entry_for(post).audience_id}


def test_a_delivery_for_a_retired_plugin_is_kept(filled):
    source = Source.objects.get(slug="ehr-figures")
    archive = retiring.retire("kpis", acting_person=None)
    delivery = receive(source, csv_of(row("door", 0, 30)), timezone.now(), Delivery.Kind.PUSH)
    runner.run(delivery)
    restoring.restore(archive, acting_person=None)
    assert Delivery.objects.get(pk=delivery.pk).state in ("waiting", "held")


@pytest.mark.parametrize("slug", SLUGS)
def test_erasure_reaches_a_retired_plugin(filled, bob, slug):
    archive = retiring.retire(slug, acting_person=None)
    old = store.file_of(archive)
    concerned = slug != "kpis"  # nobody owns the figure
    assert bool(export_person(bob).get(f"{slug}:{archive.pk}")) is concerned
    counts = erase_person(bob, acting_person=None)
    assert (counts.get(f"{slug}:{archive.pk}", 0) > 0) is concerned
    archive.refresh_from_db()
    assert old.exists() is not concerned
    left = [f"{e.title} {e.summary} {e.body}" for e in Entry.objects.filter(plugin=slug)]
    assert not any(word in text for word in ("Pumps are on floor 3", "An answer", "Task a") for text in left)
    manifest = store.verify(archive.path, archive.sha256)
    text = "".join(str(r) for part in manifest["models"] for r in store.rows(archive.path, part))
    assert not any(word in text for word in ("Pumps are on floor 3", "An answer", "'bob'", "Task a"))
    restoring.restore(archive, acting_person=None)
    mine = [data for name, data in export_person(bob).items() if name == slug]
    assert not any(found for data in mine for found in data.values())
    if slug == "comments":
        assert rows_of(slug)["comments.comment"][0]["text"] == "Thank you, Bob"


def test_a_plugin_that_fails_stops_no_other_and_is_reported(filled, bob, monkeypatch):
    def fail(person, **kwargs):
        raise RuntimeError("no")

    monkeypatch.setattr("plugins.comments.privacy.erase", fail)
    with pytest.raises(PrivacyFailed, match="comments") as failure:
        erase_person(bob, acting_person=None)
    assert failure.value.done["tasks"] == 2
    assert not Task.objects.filter(assignee=bob).exists()
    monkeypatch.undo()
    assert erase_person(bob, acting_person=None)["comments"] == 1


def test_a_plugin_that_refers_to_persons_but_cannot_forget_them_is_a_failure(filled, bob, monkeypatch):
    monkeypatch.setattr("portal.host.privacy.module_of", lambda plugin, name: None)
    with pytest.raises(PrivacyFailed) as failure:
        erase_person(bob, acting_person=None)
    assert set(failure.value.failed) == set(SLUGS)
