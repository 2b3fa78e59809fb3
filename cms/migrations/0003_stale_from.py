"""Entries of pages that were published before entries knew when they are no longer to be relied on."""

from datetime import datetime, time, timedelta

from django.db import migrations
from django.utils import timezone


def tell_entries(apps, schema_editor):
    page, entry = apps.get_model("cms", "ContentPage"), apps.get_model("catalogue", "Entry")
    found = page.objects.filter(live=True, review_on__isnull=False).values_list("pk", "review_on")
    for pk, day in found.iterator():
        moment = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        mine = entry.objects.filter(label="wagtailcore.page", key=str(pk), stale_from=None)
        mine.update(stale_from=moment)


class Migration(migrations.Migration):
    dependencies = [("cms", "0002_documents"), ("catalogue", "0003_stale")]

    # The search index has the field only since the same version, so it is built anew in any case.
    operations = [migrations.RunPython(tell_entries, migrations.RunPython.noop)]
