"""What is amiss with a source: noted where it happens, in its transaction, and told once to whoever keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from portal.host import Notice, NotificationType
from portal.ingestion.models import Source
from portal.ingestion.rejections import clean
from portal.notifications.actions import notify
from portal.people.models import Person

# So many fetches in a row may fail before it is told: a source that is away for a moment is nobody's business.
FAILURES = 3
REFUSED = "refused"  # no Trouble: what could be used of the delivery went in


def failed(source: Source, error: str, *, at: datetime) -> None:
    """A delivery failed, or a fetch; `at`: when it was sent or made."""
    Source.objects.filter(pk=source.pk).update(last_error=clean(error, 500), failed_at=at)


def fetch_failed(source: Source, error: str, *, at: datetime) -> None:
    """The same, of a fetch: counts how many in a row."""
    failures = source.failures + 1
    failed(source, error, at=at)
    Source.objects.filter(pk=source.pk).update(failures=failures)
    if failures >= FAILURES:
        goes_on(source, error)


def goes_on(source: Source, error: str) -> None:
    """It fails for good, or again and again. Told when that begins, not each time."""
    begun = Source.objects.filter(pk=source.pk).exclude(trouble=Source.Trouble.FAILING)
    if begun.update(trouble=Source.Trouble.FAILING):
        _tell(source, Source.Trouble.FAILING, clean(error, 500))


def held(source: Source, reason: str) -> None:
    """A delivery waits for confirmation that says something else than the one before it."""
    Source.objects.filter(pk=source.pk).update(trouble=Source.Trouble.HELD)
    _tell(source, Source.Trouble.HELD, reason)


def refused(source: Source, reason: str) -> None:
    """The first items that could not be used, of a source of which none was waiting to be mended."""
    _tell(source, REFUSED, reason, about="-refused")


def is_decided(source: Source) -> None:
    """Somebody discarded a held delivery: nobody need be told that it is over."""
    if not source.deliveries.held().exists():
        Source.objects.filter(pk=source.pk, trouble=Source.Trouble.HELD).update(trouble=Source.Trouble.NONE)


def is_over(source: Source, *, as_of: datetime) -> None:
    """Something the source said at that moment went in. What failed after that moment is still amiss."""
    mended = Source.objects.filter(pk=source.pk).filter(Q(failed_at=None) | Q(failed_at__lte=as_of))
    if not mended.update(last_error="", failed_at=None, failures=0) or not source.trouble:
        return
    if not source.deliveries.held().exists():
        told = Source.objects.filter(pk=source.pk).exclude(trouble=Source.Trouble.NONE)
        if told.update(trouble=Source.Trouble.NONE):
            _tell(source, Source.Trouble.NONE, "")


def _tell(source: Source, trouble: str, reason: str, *, about: str = "") -> None:
    """Those the source names and who still work here; where there is nobody, central IT.

    What is told last takes the place of what was told before `about` the same.
    """
    people = dict(source.told.active().values_list("pk", "is_superuser"))
    if not people:
        people = dict(Person.objects.active().filter(is_superuser=True).values_list("pk", "is_superuser"))
    data = {"source": source.name, "trouble": trouble, "reason": reason}
    for is_it in (True, False):  # the page of the source is for central IT only
        told = [pk for pk, superuser in people.items() if superuser == is_it]
        if told:
            more = {"slug": source.slug} if is_it else {}
            notify(told, type=NOTIFICATION.slug, key=f"source-{source.pk}{about}", data=data | more)


def export(person: Person) -> dict[str, Any]:
    """The sources that name the person."""
    return {"told_of_sources": list(Source.objects.filter(told=person).values_list("slug", flat=True))}


def erase(person: Person) -> int:
    """No source names the person any more; how many did."""
    return Source.told.through.objects.filter(person=person).delete()[0]


_TEXTS: dict[str, Any] = {
    Source.Trouble.FAILING: gettext_lazy("Nothing new comes from the source “%(source)s”: it fails."),
    Source.Trouble.HELD: gettext_lazy("A delivery of the source “%(source)s” waits for you to confirm it."),
    REFUSED: gettext_lazy("Some of what the source “%(source)s” delivers cannot be used; it waits to be mended."),
    Source.Trouble.NONE: gettext_lazy("The source “%(source)s” is well again."),
}


def _in_words(data: dict[str, Any]) -> Notice:
    url = reverse("source_page", args=[data["slug"]]) if "slug" in data else ""
    return Notice(str(_TEXTS[data["trouble"]]) % {"source": data["source"]}, url=url, detail=data["reason"])


NOTIFICATION = NotificationType(
    slug="source-trouble", label=gettext_lazy("Sources in trouble"), icon="alert", render=_in_words
)
