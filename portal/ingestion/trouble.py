"""What is amiss with a source, noted where it happens, in the transaction of what it is about."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from portal.ingestion.models import Source
from portal.ingestion.rejections import clean


def failed(source: Source, error: str, *, at: datetime, failures: int | None = None) -> None:
    """A fetch or a delivery failed; `at`: when it was made or sent. `failures`: fetches in a row, if it was one."""
    changes: dict[str, object] = {"last_error": clean(error, 500), "failed_at": at}
    if failures is not None:
        changes["failures"] = failures
    Source.objects.filter(pk=source.pk).update(**changes)


def held(source: Source, reason: str) -> None:
    """A delivery waits for confirmation."""


def is_over(source: Source, *, as_of: datetime) -> None:
    """Something the source said at that moment went in. What failed after that moment is still amiss."""
    mended = Source.objects.filter(pk=source.pk).filter(Q(failed_at=None) | Q(failed_at__lte=as_of))
    mended.update(last_error="", failed_at=None, failures=0)
