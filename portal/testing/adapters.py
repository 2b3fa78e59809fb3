"""The contract of an adapter as tests: a plugin's tests inherit from AdapterContract and give payloads.

class TestReadings(AdapterContract):
    adapter = "kpis.csv"
    valid = b"..."           # at least two good items
    one_less = b"..."        # the same without one of them (of a complete adapter)
    one_malformed = b"..."   # `valid` and one item that cannot be used
    broken = b"..."          # not this format at all
    for_newcomer = b"..."    # at least one good item about NEWCOMER (of an adapter that has `waiting`)
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone

from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.registry import registry
from portal.ingestion import actions, adapters, runner, withdrawing
from portal.ingestion.adapter import Adapter
from portal.ingestion.fixing import fix_rejected, whole
from portal.ingestion.inbox import receive
from portal.ingestion.models import Delivery, Record, RejectedItem, Run, Source
from portal.ingestion.reach import Role
from portal.ingestion.waiting import match_waiting
from portal.people.actions import add_membership, create_department
from portal.people.models import Department, Person

_numbers = itertools.count(1)
# The address of somebody who is not here when the delivery comes.
NEWCOMER = "newcomer@example.org"


def make_source(adapter: str, **fields: Any) -> Source:
    """A source of this adapter, by default at home in the organisation itself."""
    if "department" not in fields:
        root = Department.objects.organisation()
        fields["department"] = root or create_department("Organisation", acting_person=None)
    fields.setdefault("name", "the test system")
    slug = fields.pop("slug", f"source-{next(_numbers)}")
    return actions.create_source(slug, adapter=adapter, acting_person=None, **fields)


def deliver(source: Source, body: bytes, *, sent_at: datetime | None = None) -> Run:
    """Keeps a payload and applies it at once. The run is returned, whatever became of it."""
    delivery = receive(source, body, sent_at or timezone.now(), Delivery.Kind.PUSH)
    run = runner.run(delivery)
    assert run is not None, "nothing was run: is the plugin on, is another run at work?"
    source.refresh_from_db()
    return run


@pytest.mark.django_db
class AdapterContract:
    """What every adapter has to keep. Rows are compared in all models of the plugin and in the catalogue."""

    adapter: ClassVar[str]
    settings: ClassVar[dict[str, Any]] = {}
    valid: ClassVar[bytes]
    one_less: ClassVar[bytes] = b""
    one_malformed: ClassVar[bytes]
    broken: ClassVar[bytes]
    for_newcomer: ClassVar[bytes] = b""

    def models(self) -> list[type[Model]]:
        """The models the adapter writes to."""
        plugin = registry.get(adapters.plugin_of(self.adapter))
        assert plugin is not None
        return list(plugin.config.get_models())

    @pytest.fixture
    def source(self) -> Source:
        source = make_source(self.adapter, settings=self.settings)
        plugin = registry.get(source.plugin)
        if plugin is not None and not plugin.manifest.default_on:
            rules.set_rule(source.plugin, source.department, rules.ON, acting_person=None)
        return source

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Everything the adapter has written, entries included."""
        rows: dict[str, Any] = {m._meta.label: m._default_manager.order_by("pk").values() for m in self.models()}
        rows["entries"] = Entry.objects.filter(plugin=adapters.plugin_of(self.adapter)).order_by("pk").values()
        return {label: list(values) for label, values in rows.items()}

    def sizes(self) -> dict[str, int]:
        return {label: len(rows) for label, rows in self.rows().items()}

    def test_a_delivery_is_applied(self, source: Source) -> None:
        run = deliver(source, self.valid)
        assert (run.state, run.error) == (Run.State.DONE, "")
        assert run.counts["new"] >= 2
        assert run.counts["rejected"] == 0
        assert any(self.rows().values())
        assert source.last_success_at is not None

    def test_the_same_again_writes_nothing(self, source: Source) -> None:
        first = deliver(source, self.valid)
        before = self.rows()
        again = deliver(source, self.valid, sent_at=timezone.now() + timedelta(seconds=1))
        assert again.counts["unchanged"] == first.counts["new"]
        assert (again.counts["new"], again.counts["changed"], again.counts["missing"]) == (0, 0, 0)
        assert self.rows() == before

    def test_a_malformed_item_is_kept_with_a_reason_and_the_rest_goes_in(self, source: Source) -> None:
        good = deliver(make_source(self.adapter, settings=self.settings), self.valid).counts["new"]
        for _time in range(2):
            run = deliver(source, self.one_malformed)
            assert (run.state, run.error) == (Run.State.DONE, "")
        assert run.counts["rejected"] == 1
        assert source.records.count() == good
        rejected = RejectedItem.objects.get(source=source, state=RejectedItem.State.OPEN)
        assert rejected.reason
        assert rejected.position
        assert rejected.raw

    def test_what_is_refused_is_refused_by_itself_too_and_changes_nothing(self, source: Source) -> None:
        deliver(source, self.one_malformed)
        rejected = RejectedItem.objects.select_related("source", "run__delivery").get(source=source)
        before = self.rows()
        with pytest.raises(ValidationError):
            fix_rejected(rejected, whole(rejected), acting_person=None)
        assert self.rows() == before
        rejected.refresh_from_db()
        assert rejected.state == RejectedItem.State.OPEN

    def test_a_corrected_item_goes_in_and_closes_its_rejection(self, source: Source) -> None:
        deliver(source, self.one_malformed)
        deliver(source, self.valid, sent_at=timezone.now() + timedelta(seconds=1))
        if adapters.get(self.adapter).complete:
            assert not source.rejected_items.filter(state=RejectedItem.State.OPEN).exists()

    def test_what_cannot_be_read_changes_nothing_and_is_kept(self, source: Source) -> None:
        deliver(source, self.valid)
        before = self.rows()
        run = deliver(source, self.broken)
        assert run.state == Run.State.FAILED
        assert run.error
        assert self.rows() == before
        assert source.last_error == run.error
        assert run.delivery.chunks.exists()
        assert not source.records.exclude(missing_since=None).exists()

    def test_half_a_delivery_is_refused_or_read_to_where_it_ends(self, source: Source) -> None:
        run = deliver(source, self.valid[: len(self.valid) // 2])
        assert run.state in (Run.State.DONE, Run.State.FAILED)
        assert not run.error.startswith(("TypeError", "KeyError", "AttributeError", "IndexError"))

    def test_a_run_cut_off_and_taken_up_again_ends_the_same(
        self, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kind = type(adapters.get(self.adapter))
        apply, calls = kind.apply, itertools.count()

        def cut_off(*args: Any) -> None:
            if next(calls) == 1:
                raise SystemExit
            apply(*args)

        with monkeypatch.context() as patch:
            patch.setattr(runner, "BATCH", 1)
            patch.setattr(kind, "apply", cut_off)
            with pytest.raises(SystemExit):
                deliver(source, self.valid)
        delivery = source.deliveries.get()
        assert source.records.count() == 1
        assert runner.run(delivery)
        sizes = self.sizes()
        delivery.refresh_from_db()
        assert delivery.state == Delivery.State.APPLIED
        again = deliver(source, self.valid, sent_at=timezone.now() + timedelta(seconds=1))
        assert (again.counts["new"], again.counts["changed"]) == (0, 0)
        assert self.sizes() == sizes

    def test_an_older_delivery_after_a_newer_one_changes_nothing(self, source: Source) -> None:
        deliver(source, self.valid)
        before = self.rows()
        deliver(source, self.one_less or self.valid, sent_at=timezone.now() - timedelta(hours=1))
        assert self.rows() == before

    def test_what_is_gone_at_the_source_is_marked_and_not_deleted(self, source: Source) -> None:
        deliver(source, self.valid)
        sizes = self.sizes()
        gone = deliver(source, self.one_less or self.valid, sent_at=timezone.now() + timedelta(seconds=1))
        if not adapters.get(self.adapter).complete:
            assert gone.counts["missing"] == 0
            return
        assert gone.counts["missing"] == 1
        assert Record.objects.filter(source=source).exclude(missing_since=None).count() == 1
        assert self.sizes() == sizes
        back = deliver(source, self.valid, sent_at=timezone.now() + timedelta(seconds=2))
        assert back.counts["changed"] == 1
        assert not Record.objects.filter(source=source).exclude(missing_since=None).exists()
        assert self.sizes() == sizes

    def test_everything_is_withdrawn_and_comes_anew(self, source: Source) -> None:
        first = deliver(source, self.valid)
        shown = Entry.objects.filter(plugin=source.plugin, state=Entry.State.LIVE).count()
        withdrawing.withdraw(source, acting_person=None)
        assert not any(model._default_manager.exists() for model in self.models())
        assert not Entry.objects.filter(plugin=source.plugin).exclude(state=Entry.State.REMOVED, title="").exists()
        assert source.paused
        assert not source.records.exists()
        actions.resume_source(source, acting_person=None)
        again = deliver(source, self.valid, sent_at=timezone.now() + timedelta(seconds=1))
        assert again.counts["new"] == first.counts["new"]
        assert Entry.objects.filter(plugin=source.plugin, state=Entry.State.LIVE).count() == shown

    def test_the_roles_of_a_source_decide_whom_its_items_are_for(self, source: Source) -> None:
        """As `Source.audience_of` has it, and at once where the adapter can (`retarget`)."""
        actions.update_source(source, audience_roles=[Role.HEADS], acting_person=None)
        deliver(source, self.valid)
        self._reach(source)
        actions.update_source(source, audience_roles=[Role.DEPARTMENT, Role.HEADS], acting_person=None)
        if type(adapters.get(self.adapter)).retarget is Adapter.retarget:
            deliver(source, self.valid, sent_at=timezone.now() + timedelta(seconds=1))
        self._reach(source)

    def _reach(self, source: Source) -> None:
        entries = list(Entry.objects.filter(plugin=source.plugin).select_related("own_audience", "department"))
        assert entries
        for entry in entries:
            assert entry.department is not None
            wanted = source.audience_of([], entry.department)
            assert entry.own_audience.expression == wanted, "ask source.audience_of whom a card is for"

    def test_what_came_before_its_person_is_theirs_when_they_come(self, source: Source) -> None:
        waiting = adapters.get(self.adapter).waiting
        if waiting is None:
            return
        assert self.for_newcomer, "give a delivery about NEWCOMER"
        actions.update_source(source, audience_roles=[Role.PEOPLE], acting_person=None)
        deliver(source, self.for_newcomer)
        assert match_waiting() == 0
        theirs = waiting.model._default_manager.filter(**{f"{waiting.person}__email__iexact": NEWCOMER})
        first, second = (Person.objects.create_user(name, email=NEWCOMER.title()) for name in ("first", "second"))
        assert match_waiting() == 0, "an address that two people have is nobody's"
        second.delete()
        add_membership(first, source.department, acting_person=None)
        assert match_waiting() > 0
        while runner.run_waiting():
            pass
        assert theirs.exists()
        assert not waiting.model._default_manager.filter(**{waiting.name: NEWCOMER}).exists()
        assert not source.rejected_items.filter(state=RejectedItem.State.OPEN).exists()
        assert Entry.objects.visible_to(first).filter(plugin=source.plugin).exists()
        assert match_waiting() == 0

    def test_what_arrives_while_the_plugin_is_off_waits_until_it_is_on(self, source: Source) -> None:
        slug = source.plugin
        rules.set_rule(slug, source.department, rules.OFF, acting_person=None)
        delivery = receive(source, self.valid, timezone.now(), Delivery.Kind.PUSH)
        assert runner.run(delivery) is None
        assert runner.run_waiting() == 0
        rules.set_rule(slug, source.department, rules.ON, acting_person=None)
        assert runner.run_waiting() == 1
        delivery.refresh_from_db()
        assert delivery.state == Delivery.State.APPLIED
