"""The worker's part of writing back: one try at a time, ever more seldom, and never doubled."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.ingestion import adapters
from portal.ingestion.fetch import FetchError
from portal.ingestion.models import Source, WriteBack
from portal.ingestion.rejections import clean
from portal.ingestion.runner import may_run
from portal.ingestion.write_back import Declined, may_write_back
from portal.ingestion.write_back_http import LIMITS, Channel
from portal.ingestion.write_back_telling import tell_not_sent

logger = logging.getLogger(__name__)

ATTEMPTS = 8  # with waits of 1, 2, 4, ... minutes between them: about two hours
# So much longer than a try may take counts as being sent: what a worker killed meanwhile had is taken up then.
CLAIM = timedelta(seconds=LIMITS.seconds + 60)
LONGEST_WAIT = timedelta(days=1)
KEPT = timedelta(days=90)
INDEXED_AFTER = timedelta(seconds=5)


def send_waiting() -> int:
    """Tries one that is due, the oldest first; 0 if there is none. For the sweep."""
    passed_over: set[int] = set()
    due = WriteBack.objects.due(timezone.now()).select_related("source__department", "person")
    for write_back in due.iterator(chunk_size=100):
        if write_back.source_id in passed_over:
            continue
        if may_run(write_back.source) and _claim(write_back):
            # What is said of it is for the person, to be read in their language.
            with translation.override(write_back.person.language if write_back.person else settings.LANGUAGE_CODE):
                _try(write_back)
            return 1
        passed_over.add(write_back.source_id)
    return 0


def _claim(write_back: WriteBack) -> bool:
    """Whether this worker has it now; another that comes at the same time does not."""
    now = timezone.now()
    mine = WriteBack.objects.filter(pk=write_back.pk, state=write_back.state, attempts=write_back.attempts)
    free = mine.filter(Q(retry_at=None) | Q(retry_at__lte=now))
    if not free.update(state=WriteBack.State.SENDING, attempts=F("attempts") + 1, retry_at=now + CLAIM):
        return False
    write_back.refresh_from_db(fields=["state", "attempts", "retry_at", "uncertain"])
    return True


def _try(write_back: WriteBack) -> None:
    source = write_back.source
    try:
        said = _send(write_back)
    except Declined as error:
        _settle(write_back, WriteBack.State.FAILED, str(error))
    except FetchError as error:
        logger.warning("source %r, write-back %s: %s", source.slug, write_back.pk, error)
        _later(write_back, str(error), error.retry_after)
    except Exception as error:  # whatever a plugin's adapter raises, the queue moves on
        logger.exception("source %r, write-back %s", source.slug, write_back.pk)
        _later(write_back, f"{type(error).__name__}: {error}", 0)
    else:
        _settle(write_back, WriteBack.State.SENT, said)
        _read_soon(source)


def _send(write_back: WriteBack) -> str:
    source = write_back.source
    if write_back.operation not in source.operations:
        raise Declined(_("%(source)s does not take this from here any more.") % {"source": source.name})
    if not may_write_back(source, write_back.external_id, write_back.person):
        raise Declined(_("It is no longer assigned to you."))
    with Channel(source, write_back) as http:
        return adapters.get(source.adapter).send(source, write_back, http)


@transaction.atomic
def _settle(write_back: WriteBack, state: str, said: str) -> None:
    """What became of it in the end; who asked for what was not done is told."""
    sent, said = state == WriteBack.State.SENT, clean(said, 500)
    changes: dict[str, Any] = {"state": state, "said": said, "retry_at": None}
    noted = _note(write_back, settled_at=timezone.now(), **changes, **({"uncertain": False} if sent else {}))
    if noted and not sent:
        tell_not_sent(write_back, said)


def _later(write_back: WriteBack, said: str, retry_after: float) -> None:
    """Tries again, ever more seldom; in the end it is kept and the person is told."""
    if write_back.attempts >= ATTEMPTS:
        _settle(write_back, WriteBack.State.FAILED, said)
        return
    wait = timedelta(minutes=2 ** min(write_back.attempts - 1, 6))
    if retry_after:
        wait = min(timedelta(seconds=retry_after), LONGEST_WAIT)
    again = timezone.now() + wait
    _note(write_back, state=WriteBack.State.WAITING, said=clean(said, 500), retry_at=again)
    _spare(write_back.source, again)


def _spare(source: Source, until: datetime) -> None:
    """A source in trouble is not asked for the others' sake either; that is no attempt of theirs."""
    others = source.write_backs.filter(state=WriteBack.State.WAITING)
    others.filter(Q(retry_at=None) | Q(retry_at__lt=until)).update(retry_at=until)


def _note(write_back: WriteBack, **changes: Any) -> bool:
    """Only while this worker has it: one that was silent for too long has lost it to another, and False is given."""
    mine = WriteBack.objects.filter(pk=write_back.pk, state=WriteBack.State.SENDING, attempts=write_back.attempts)
    noted = bool(mine.update(**changes))
    if not noted:
        logger.warning("write-back %s was taken over", write_back.pk)
    return noted


@transaction.atomic
def forget_old() -> int:
    """A nightly job: what was settled 90 days ago, with what the person wrote; how many that were."""
    old = WriteBack.objects.exclude(state__in=(WriteBack.State.WAITING, WriteBack.State.SENDING))
    old = old.filter(settled_at__lt=timezone.now() - KEPT)
    count: int = WriteBack.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:10_000])).delete()[0]
    return count


def _read_soon(source: Source) -> None:
    """What the other system made of it is read soon, not by and by: after a moment for its own index."""
    soon = timezone.now() + INDEXED_AFTER
    Source.objects.filter(pk=source.pk, next_run_at__gt=soon).exclude(schedule="").update(next_run_at=soon)
