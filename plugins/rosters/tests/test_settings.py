"""What IT sets for rosters."""

from __future__ import annotations

from datetime import timedelta

from plugins.rosters.models import Shift
from plugins.rosters.tests.samples import calendar, event, on, who
from portal.catalogue.models import Entry
from portal.host.configuring.changes import change_settings
from portal.testing.adapters import deliver


def test_a_shift_is_found_for_as_long_as_its_department_has_it(source, organisation, emergency):
    change_settings("rosters", organisation, {"found_days": 90}, acting_person=None)
    change_settings("rosters", emergency, {"found_days": 7}, acting_person=None)
    deliver(source, calendar(event("one@rota", on(1), on(1, "1530"), who("bob"))))
    assert Entry.objects.get(type="shift").visible_until == Shift.objects.get().ends_at + timedelta(days=7)
