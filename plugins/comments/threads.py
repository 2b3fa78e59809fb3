"""The comments on one thing, as somebody may read them: four queries, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from plugins.comments.actions import LABEL, SLUG
from plugins.comments.cards import anchor
from plugins.comments.models import Comment
from portal.catalogue.models import Entry
from portal.catalogue.querysets import EntryQuerySet
from portal.host import gate
from portal.social.markup import html_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

    Reader = Person | AnonymousUser

SHOWN = 200


@dataclass
class Spoken:
    """One comment of a thread. Without `html` it is the place of a deleted one."""

    comment: Comment
    html: SafeString | None
    may_edit: bool = False
    may_delete: bool = False
    by_subjects_author: bool = False
    answers: list[Spoken] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return anchor(self.comment)

    @property
    def actions_html(self) -> str:
        """Links to change or delete it; "" for whoever may neither."""
        if not (self.may_edit or self.may_delete):
            return ""
        return render_to_string("comments/partials/rights.html", {"spoken": self})


@dataclass(frozen=True)
class Thread:
    """`count` is how many the reader may see in all; `earlier` how many of those are not in `spoken`."""

    spoken: list[Spoken]
    count: int
    earlier: int


def comments_for(person: Reader, subjects: Collection[int]) -> EntryQuerySet:
    """Entries of the comments on these entries that the person may read."""
    return Entry.objects.visible_to(person).filter(label=LABEL, subject__in=subjects)


def counts_for(person: Reader, subjects: Collection[int]) -> dict[int, int]:
    """Entry id -> how many comments the person may read; one query."""
    counted = comments_for(person, subjects).order_by().values_list("subject_id").annotate(count=Count("pk"))
    return dict(counted)


def thread_for(person: Reader, subject: Entry, *, everything: bool = False) -> Thread:
    """The newest 200 comments, or all, oldest first, answers below what they answer."""
    if not gate.is_on_in(SLUG, subject.department):
        return Thread([], 0, 0)
    visible = dict(comments_for(person, [subject.pk]).values_list("key", "pk"))
    found = Comment.objects.filter(subject_label=subject.label, subject_key=subject.key)
    rows = list(found.select_related("author").order_by("created_at", "pk"))
    rows = [row for row in rows if row.deleted or str(row.pk) in visible]
    threads = _threads(rows)
    kept = threads if everything else _newest(threads)
    keys = [str(row.pk) for thread in kept for row in thread]
    wanted = [visible[key] for key in keys if key in visible]
    managed = set(Entry.objects.manageable_by(person).filter(pk__in=wanted).values_list("key", flat=True))
    spoken = [_spoken(thread, person, subject, managed) for thread in kept]
    return Thread(spoken, len(visible), len(visible) - len(wanted))


def _threads(rows: Sequence[Comment]) -> list[list[Comment]]:
    """Each comment with its answers; a deleted one only while it holds answers."""
    threads: dict[int, list[Comment]] = {row.pk: [row] for row in rows if row.parent_id is None}
    for row in rows:
        if row.parent_id in threads and not row.deleted:
            threads[row.parent_id].append(row)
    return [thread for thread in threads.values() if len(thread) > 1 or not thread[0].deleted]


def _newest(threads: list[list[Comment]]) -> list[list[Comment]]:
    """The last threads that together hold about as many comments as are shown at once."""
    room, start = SHOWN, len(threads)
    while start and room > 0:
        start -= 1
        room -= len(threads[start])
    return threads[start:]


def _spoken(thread: Sequence[Comment], person: Reader, subject: Entry, managed: set[str]) -> Spoken:
    first, *answers = (
        Spoken(
            comment=row,
            html=None if row.deleted else html_of(row.text),
            may_edit=not row.deleted and row.author_id == person.pk,
            may_delete=str(row.pk) in managed,
            by_subjects_author=row.author_id is not None and row.author_id == subject.author_id,
        )
        for row in thread
    )
    first.answers = answers
    return first
