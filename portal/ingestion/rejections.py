"""Items that could not be used: kept once, told why, closed when they come right or are gone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from django.db.models import QuerySet

from portal.ingestion.adapter import Rejection
from portal.ingestion.models import RejectedItem, Run, Source

RAW_LIMIT = 10_000
OPEN, FIXED = RejectedItem.State.OPEN, RejectedItem.State.FIXED


def clean(text: str, limit: int) -> str:
    """What every database can store: no NUL, no lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:limit]


def fingerprint_of(rejection: Rejection) -> str:
    """Of the whole of it: what it is known by while it is open."""
    name = rejection.external_id or rejection.position
    return hashlib.sha256(f"{name}\n{rejection.raw}".encode("utf-8", "replace")).hexdigest()


def keep(run: Run, rejections: Sequence[Rejection]) -> bool:
    """Stores rejections; one that is open already is only seen again. Whether any is new. Needs the source's lease."""
    if not rejections:
        return False
    by_print = {fingerprint_of(rejection): rejection for rejection in rejections}
    known = RejectedItem.objects.filter(source=run.source_id, state=OPEN, fingerprint__in=by_print)
    # What was mended by hand is not refused again when its delivery is read again; a new delivery is another matter.
    fixed = RejectedItem.objects.filter(
        source=run.source_id, state=FIXED, fingerprint__in=by_print, run__delivery=run.delivery_id
    )
    seen = set(known.values_list("fingerprint", flat=True)) | set(fixed.values_list("fingerprint", flat=True))
    _see_again(known, by_print)
    known.update(run=run)
    new = [
        RejectedItem(
            source_id=run.source_id,
            run=run,
            position=clean(rejection.position, 200),
            external_id=clean(rejection.external_id, 200),
            reason=clean(rejection.reason, 500),
            raw=clean(rejection.raw, RAW_LIMIT),
            awaits_person=clean(rejection.awaits_person.lower(), 254),
            awaits_department=clean(rejection.awaits_department.lower(), 500),
            fingerprint=fingerprint,
        )
        for fingerprint, rejection in by_print.items()
        if fingerprint not in seen
    ]
    RejectedItem.objects.bulk_create(new)
    return bool(new)


def not_open_yet(source: Source, refused: Sequence[Rejection]) -> list[Rejection]:
    """Those that were not refused before, by name, or by what they are where they have none. Two queries."""
    known = RejectedItem.objects.filter(source=source, state=OPEN)
    named = {one.external_id for one in refused} - {""}
    prints = [fingerprint_of(one) for one in refused if not one.external_id]
    names = set(known.filter(external_id__in=named).values_list("external_id", flat=True))
    seen = set(known.filter(fingerprint__in=prints).values_list("fingerprint", flat=True))
    return [one for one in refused if one.external_id not in names and fingerprint_of(one) not in seen]


def _see_again(known: QuerySet[RejectedItem], by_print: Mapping[str, Rejection]) -> None:
    """The same row may be refused for another reason than before: somebody has come whom it names."""
    changed = []
    for item in known:
        reason = clean(by_print[item.fingerprint].reason, 500)
        if item.reason != reason:
            item.reason = reason
            changed.append(item)
    RejectedItem.objects.bulk_update(changed, ["reason"])


def any_open_before(run: Run) -> bool:
    """Whether something is open that another run refused."""
    return RejectedItem.objects.filter(source=run.source_id, state=OPEN).exclude(run=run).exists()


def close_applied(source: Source, run: Run, external_ids: Collection[str]) -> None:
    """These items went in now."""
    items = source.rejected_items.filter(state=OPEN, external_id__in=external_ids).exclude(external_id="")
    items.exclude(run=run).update(state=RejectedItem.State.REPLAYED)


def close_after(run: Run, *, complete: bool) -> None:
    """Closes what this run read without refusing it, and what a complete delivery no longer has."""
    older = RejectedItem.objects.filter(source=run.source_id, state=OPEN).exclude(run=run)
    older.filter(run__delivery=run.delivery_id).update(state=RejectedItem.State.REPLAYED)
    if complete:
        older.filter(run__delivery__sent_at__lt=run.delivery.sent_at).update(state=RejectedItem.State.DROPPED)


def any_nameless(run: Run) -> bool:
    """Whether the run refused something without knowing which item it was."""
    return run.rejected_items.filter(external_id="").exists()
