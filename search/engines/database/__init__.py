"""The embedded engine: the database's own full text index, fed with words made by search.analysis."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.catalogue import outbox
from portal.catalogue.lookups import AnyOf
from portal.catalogue.models import Entry, Outbox
from search import queue
from search.beginnings import Beginnings, Begun
from search.conf import COUNTED
from search.engines.base import Engine, Found, Status, Verified, Written, indexable
from search.engines.database import counting, suggest
from search.engines.database.counting import columns
from search.engines.database.postgresql import PostgreSQL
from search.engines.database.spelling import respelt
from search.engines.database.sqlite import SQLite
from search.facets import by_department, conditions
from search.models import Document
from search.query import FACETS, SearchRequest
from search.scope import narrowed, scope
from search.terms import Query
from search.weights import product, weights

logger = logging.getLogger(__name__)

_PAGE = 5000  # entries compared at once
_ALL = "SELECT scope.* FROM ({scope}) AS scope LIMIT %s"  # where only matches are in the scope


class DatabaseEngine(Engine):
    """Every word must be found, as it is, by its stem, or (the last one) as a beginning; else similar ones are."""

    name = "database"
    batch = 200

    @property
    def dialect(self) -> SQLite | PostgreSQL:
        return SQLite() if connection.vendor == "sqlite" else PostgreSQL()

    def search(self, query: Query, request: SearchRequest) -> Found:
        found = self._search(query, request)
        if not request.as_written and not found.total and not any(found.counts["kind"].values()):
            for other in respelt(query, request):
                if (similar := self._search(other, request)).total:
                    return replace(similar, similar=True)
        return found

    def _search(self, query: Query, request: SearchRequest) -> Found:
        now, match = timezone.now(), self.dialect.expression(query)
        nothing = Found([], [], 0, {name: {} for name in FACETS})
        few = self.dialect.few(match)
        among = Q() if few is None else AnyOf.of("id", few)
        try:
            everything, params = columns(scope(query, request).filter(among), request, now).query.sql_with_params()
            entries = narrowed(query, request, now).filter(among)
            chosen, chosen_params = _selected(entries, product(weights(request, now)))
        except EmptyResultSet:  # nothing, somebody who may see nothing at all, or a department that is not there
            return nothing
        choices = conditions(request, now)
        matching, words = (self.dialect.matching, [match]) if few is None else (_ALL, [])
        counted = counting.statement(matching, choices).format(scope=everything, narrowed=chosen)
        most = COUNTED + 1
        again = [*chosen_params, *words, most] if choices else []
        page = self.dialect.statement(query, match, chosen, chosen_params, request, few=few is not None)
        numbers, rows = self.dialect.answers((counted, [*params, *words, most, *again]), page)
        counts, total = counting.read(numbers)
        counts["department"] = by_department(request, {int(pk): n for pk, n in counts["department"].items()})
        ids, scores = [pk for pk, _score in rows], [score for _pk, score in rows]
        return Found(ids, scores, min(total, COUNTED), counts, total <= COUNTED)

    def suggest(self, asked: Beginnings) -> Begun:
        return suggest.suggest(asked)

    def explain(
        self, query: Query, request: SearchRequest, found: Found, products: Mapping[int, float]
    ) -> dict[int, dict[str, float]]:
        """The database gives one number for all words together."""
        titles = Entry.objects.visible_to(request.person).filter(pk__in=list(products)).values_list("pk", "title")
        exact = {pk: self.dialect.exact_title() for pk, title in titles if title.lower() == query.text.lower()}
        scores = dict(zip(found.ids, found.scores, strict=True))
        sums = {pk: scores[pk] / number for pk, number in products.items() if pk in scores}
        return {pk: {"words": total - exact.get(pk, 0), "title": exact.get(pk, 0)} for pk, total in sums.items()}

    @transaction.atomic
    def drain(self, limit: int | None = None) -> int:
        rows = queue.waiting(self.name, limit or self.batch, lock=True)
        return self._take_over(rows) if rows else 0

    def index(self, entries: Sequence[Entry]) -> Written:
        """An entry that cannot be indexed costs only itself: what fails as a whole is tried in ever smaller parts."""
        try:
            with transaction.atomic():
                self.dialect.write(entries)
        except (OperationalError, InterfaceError):
            raise  # the database is away or locked: nobody's fault
        except Exception as error:
            if len(entries) == 1:
                logger.exception("entry %s cannot be indexed", entries[0].pk)
                return Written(failed={entries[0].pk: f"{type(error).__name__}: {error}"})
            half = len(entries) // 2
            parts = self.index(entries[:half]), self.index(entries[half:])
            return Written(parts[0].done | parts[1].done, parts[0].failed | parts[1].failed)
        return Written(done={entry.pk: entry.version for entry in entries})

    def delete(self, versions: Mapping[int, int]) -> Written:
        Document.objects.filter(entry_id__in=list(versions)).delete()
        return Written(done=dict(versions))

    def rebuild(self) -> int:
        """Document by document: whatever is not reached yet is found as it was indexed before."""
        queue.enqueue(self.name, indexable())
        while self.drain():
            pass
        self._drop_foreign()
        return Document.objects.count()

    def verify(self) -> Verified:
        """By version, in pages of numbers, and whether there are words; of these no content can be told."""
        found, last, held = Verified(self.name), 0, OuterRef("pk")
        versions = Document.objects.filter(entry_id=held).values("version")
        entries = indexable().annotate(held=Subquery(versions)).order_by("pk")
        while page := list(entries.filter(pk__gt=last).values_list("pk", "version", "held")[:_PAGE]):
            last = page[-1][0]
            found.compared += len(page)
            worded = self.dialect.held(page[0][0], last)
            self._judge(found, [(pk, version, held if pk in worded else None) for pk, version, held in page])
        found.foreign = self._drop_foreign()
        return found

    def _judge(self, found: Verified, page: Sequence[tuple[int, int, int | None]]) -> None:
        wrong = {pk: (version, held) for pk, version, held in page if version != held}
        if not wrong:
            return
        queued = set(Outbox.objects.filter(engine=self.name, entry_id__in=wrong).values_list("entry_id", flat=True))
        wrong = {pk: versions for pk, versions in wrong.items() if pk not in queued}
        ahead = {pk: held for pk, (version, held) in wrong.items() if held is not None and held > version}
        found.missing += sum(held is None for _version, held in wrong.values())
        found.behind += sum(held is not None and held < version for version, held in wrong.values())
        found.ahead += len(ahead)
        if ahead:
            outbox.outrun(ahead)
        queue.enqueue(self.name, Entry.objects.filter(pk__in=[pk for pk in wrong if pk not in ahead]))

    def _drop_foreign(self) -> int:
        live = indexable().filter(pk=OuterRef("entry_id"))
        gone = Document.objects.filter(~Exists(live)).exclude(entry_id__in=_queued(self.name))
        return gone.delete()[0]

    def status(self) -> Status:
        documents, known = self.dialect.count(), Document.objects.count()
        if documents >= known:
            return self._status(ready=True, documents=documents, note=connection.vendor)
        note = _("%(vendor)s: the words of %(number)s entries are lost; run search verify, which brings them back")
        return self._status(
            ready=False, documents=documents, note=note % {"vendor": connection.vendor, "number": known - documents}
        )


def _queued(engine: str) -> QuerySet[Any]:
    return Outbox.objects.filter(engine=engine).values("entry_id")


def _selected(entries: QuerySet[Entry], weight: Combinable) -> tuple[str, Sequence[Any]]:
    """The entries as SQL with named columns, to be joined with the index."""
    columns: dict[str, Any] = {"hit_id": F("pk"), "hit_title": F("title"), "hit_published": F("published_at")}
    named = entries.order_by().annotate(**columns, hit_weight=weight)
    return named.values(*columns, "hit_weight").query.sql_with_params()
