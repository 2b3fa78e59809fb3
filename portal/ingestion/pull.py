"""Pulling: what is due is fetched by the worker and put into the inbox; never inside a request."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from portal.ingestion import adapters, trouble
from portal.ingestion.fetch import Fetched, FetchError
from portal.ingestion.inbox import digest_of, newest_moment, receive
from portal.ingestion.lease import fetching
from portal.ingestion.models import Delivery, Fetch, Source
from portal.ingestion.rejections import clean
from portal.ingestion.runner import ATTEMPTS, may_run
from portal.ingestion.transports.files import read_file
from portal.ingestion.transports.folder import first_file, is_folder, take_files
from portal.ingestion.transports.http import fetch_http, limits_of
from portal.jobs.schedules import next_run

logger = logging.getLogger(__name__)

# So much longer than its fetch may take a source counts as being fetched: a worker killed meanwhile costs this, not a
# whole interval.
CLAIM = timedelta(seconds=60)
AT_ONCE = 4  # sources that are fetched at the same time
MOST_SELDOM = timedelta(hours=6)  # that a source which fails is tried again


def pull(source: Source, *, unconditionally: bool = False) -> Delivery | None:
    """Fetches a source now and keeps what it sent; None if that is what it sent the last time.

    `unconditionally` keeps it even then. Of a folder all new files are taken; the last one is returned, None without.
    What brings nothing is kept in the history as a Fetch. Raises FetchError.
    """
    began = timezone.now()
    try:
        delivery = _pull(source, unconditionally=unconditionally)
    except FetchError as error:
        Fetch.note_failure(source.pk, clean(str(error), 500), started_at=began)
        raise
    if delivery is None:
        Fetch.note_unchanged(source.pk, started_at=began)
    return delivery


def _pull(source: Source, *, unconditionally: bool) -> Delivery | None:
    if is_folder(source.pull_from):
        return take_files(source, limits_of(source.transport_settings))
    started = newest_moment(source)
    fetched = fetch_source(source, conditionally=not unconditionally)
    if fetched.body is None:
        _still_current(source, started)
        return None
    with fetched.body as body:
        content_hash = digest_of(body)
        delivery = None
        if unconditionally or content_hash != source.content_hash:
            body.seek(0)
            delivery = receive(source, body, started, Delivery.Kind.PULL)
    # Not of a source that was set up anew meanwhile: its next pull is a first one.
    Source.objects.filter(pk=source.pk, updated_at=source.updated_at).update(
        etag=fetched.etag, last_modified=fetched.last_modified, content_hash=content_hash
    )
    if delivery is None:
        _still_current(source, started)
    return delivery


def fetch_source(source: Source, *, conditionally: bool) -> Fetched:
    """What the source has, unless (`conditionally`) it is what it had the last time; of a folder the first file.

    Raises FetchError.
    """
    if "://" in source.pull_from:
        return fetch_http(source, conditionally=conditionally)
    limits = limits_of(source.transport_settings)
    if is_folder(source.pull_from):
        return first_file(source, limits)
    return read_file(source.pull_from, last_modified=source.last_modified if conditionally else "", limits=limits)


def _still_current(source: Source, moment: datetime) -> None:
    """The source has nothing new: if what it sent last was applied, that is fresh as of now; if it failed, once more.

    A fault may have been ours, and be mended since; the same is not kept a second time for that.
    """
    newest = source.deliveries.order_by("-sent_at").first()
    if newest is None:
        return
    if newest.state == Delivery.State.APPLIED and not newest.error:
        Source.objects.filter(pk=source.pk).update(last_success_at=moment)
        trouble.is_over(source, as_of=moment)
    elif newest.state == Delivery.State.FAILED:
        again = source.deliveries.filter(pk=newest.pk, state=Delivery.State.FAILED)
        again.update(state=Delivery.State.WAITING, attempts=ATTEMPTS - 1)  # one attempt, until the next fetch


def run_due() -> int:
    """Pulls one source that is due and could be applied; 0 if there is none. For the sweep."""
    now = timezone.now()
    due = Source.objects.filter(next_run_at__lte=now, paused=False).exclude(pull_from="")
    for source in due.select_related("department").order_by("next_run_at"):
        if may_run(source) and _claimed_and_pulled(source, now):
            return 1
    return 0


def _claimed_and_pulled(source: Source, now: datetime) -> bool:
    length = timedelta(seconds=source.transport_settings.max_seconds) + CLAIM
    with fetching(source, length) as lease:
        if lease is None or not _claim(source, now + length):
            return False
        _pull_by_schedule(source, now)
    return True


def _claim(source: Source, until: datetime) -> bool:
    """Whether nobody else did. `next_run_at` says until when; who changes it wants another fetch after this."""
    mine = Source.objects.filter(pk=source.pk, next_run_at=source.next_run_at)
    source.next_run_at = until
    return bool(mine.update(next_run_at=until))


def _reads_otherwise_today(source: Source) -> bool:
    """Whether the same payload means something new because the day changed, as a calendar of repeating shifts does."""
    if not adapters.get(source.adapter).moves_with_time or source.last_success_at is None:
        return False
    return timezone.localdate(source.last_success_at) < timezone.localdate()


def _pull_by_schedule(source: Source, now: datetime) -> None:
    """Fetches, and says when next: by schedule, or after a failure soon and then ever more seldom."""
    planned = next_run(source.schedule, now) if source.schedule else None  # None: it was asked for once, by hand
    error: FetchError | None = None
    try:
        pull(source, unconditionally=_reads_otherwise_today(source))
    except FetchError as caught:
        logger.warning("source %r: %s", source.slug, caught)
        error = caught
    except Exception as caught:  # whatever a plugin's adapter raises, the source is tried again like any that fails
        logger.exception("source %r", source.slug)
        error = FetchError(f"{type(caught).__name__}: {caught}")
        Fetch.note_failure(source.pk, clean(str(error), 500), started_at=now)
    _note(source, now, planned, error)


@transaction.atomic
def _note(source: Source, now: datetime, planned: datetime | None, error: FetchError | None) -> None:
    mine = Source.objects.filter(pk=source.pk, next_run_at=source.next_run_at)
    if error is None:
        mine.update(next_run_at=planned)
        Source.objects.filter(pk=source.pk).update(failures=0)
        return
    wait = min(timedelta(minutes=2 ** min(source.failures, 10)), MOST_SELDOM)
    if error.retry_after:
        wait = max(wait, timedelta(seconds=min(error.retry_after, 24 * 3600)))
    mine.update(next_run_at=planned and now + wait)
    trouble.fetch_failed(source, str(error), at=now)
