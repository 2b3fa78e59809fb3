"""What the catalogue tells the rooms that keep copies of its columns. Sent inside the transaction."""

from django.dispatch import Signal

# entry_ids: a list of ids or a queryset of them. Audience, gate or liveness of these entries may have changed.
entries_changed = Signal()
# entries: list of Entry; verb: str; actor: Person | None. Somebody did something worth an activity.
entries_announced = Signal()
# pairs: list of (label, key). These entries are gone for good; owners may delete what hung on them.
entries_purged = Signal()
# Something was put into the outbox; search engines may take it over after the commit.
entries_queued = Signal()
