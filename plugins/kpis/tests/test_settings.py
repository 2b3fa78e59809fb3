"""What IT sets for key figures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from plugins.kpis.tests.samples import csv_of, row
from portal.host.configuring.changes import change_settings
from portal.testing.adapters import deliver
from portal.timeline.models import Activity


def change(department, days):
    change_settings("kpis", department, {"news_days": days}, acting_person=None)


@pytest.mark.parametrize(("days", "told"), [(3, 0), (10, 1)])
def test_what_crosses_is_news_for_as_long_as_the_department_has_it(source, emergency, days, told):
    change(emergency, days)
    deliver(source, csv_of(row("door", 9, 34)))
    later = timezone.now() + timedelta(seconds=1)
    deliver(source, csv_of(row("door", 9, 34), row("door", 5, 50)), sent_at=later)
    assert Activity.objects.filter(entry__type="kpi", verb="update").count() == told


def test_a_delivery_asks_for_settings_once_at_most(source, emergency):
    change(emergency, 30)
    deliver(source, csv_of(*[row(f"kpi-{number}", 2, 34) for number in range(60)]))
    later = timezone.now() + timedelta(seconds=1)
    crossing = [row(f"kpi-{number}", ago, value) for number in range(60) for ago, value in ((2, 34), (1, 50))]
    with CaptureQueriesContext(connection) as asked:
        deliver(source, csv_of(*crossing), sent_at=later)
    assert Activity.objects.filter(entry__type="kpi", verb="update").count() == 60
    assert sum("host_pluginsettings" in query["sql"] for query in asked) <= 1
