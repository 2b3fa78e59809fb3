"""Who knows about something: what people declare, and what they wrote and own where the asker may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.expertise.actions import SLUG
from plugins.expertise.evidence import (
    DECLARED,
    OVERLAPS,
    SORTS,
    Evidence,
    in_words,
    skill,
    sort_of,
    strength_of,
    tell,
    weigh,
)
from plugins.expertise.models import DeclaredSkill
from portal.catalogue.models import Entry, Topic
from portal.host import gate
from portal.people.models import Department, Membership, Person
from search.analysis import WORD, fold, stems
from search.conf import QUERY_TERMS
from search.query import SearchRequest
from search.service import search
from search.terms import clean, parse

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    Reader = Person | AnonymousUser

HITS = 100  # of each kind
DECLARATIONS = 500
ROOTS = 4  # letters by which candidates are picked before their stems are compared


@dataclass(frozen=True)
class Known:
    """That somebody knows about something, and how that is known. `score` orders; it is not for readers."""

    score: float
    evidence: tuple[Evidence, ...]

    @property
    def strength(self) -> int:
        return strength_of(self.score)

    @property
    def words(self) -> str:
        return in_words(self.strength)


@dataclass(frozen=True)
class Finding:
    person: Person
    department: Department | None
    known: Known


@dataclass(frozen=True)
class Findings:
    """Best known first. `exact` is False when there was more to read than was read."""

    people: list[Finding]
    exact: bool


@dataclass(frozen=True)
class TopicKnown:
    topic: Topic
    known: Known


def topic_of(question: str) -> str:
    """What is asked for, without the words of the form that somebody may have repeated."""
    asked = " ".join(question.split()).rstrip("?")
    for opening in (_("Who knows about"), "Who knows about"):
        if asked.casefold().startswith(opening.casefold()):
            asked = asked[len(opening) :].strip(" …")
    return asked


def find_people(person: Reader, question: str) -> Findings:
    """People who know about it, by evidence the asking person may see; a fixed number of queries.

    Whoever belongs to a department where the finder is off is not listed.
    """
    asked = topic_of(clean(question))
    if not parse(asked):
        return Findings([], True)
    skills = _declared(asked)
    entries, exact = _written(person, asked)
    questions = _questions(person, entries)
    written: dict[Person, list[Entry]] = defaultdict(list)
    for entry in entries:
        if sort_of(entry, questions) and entry.author.is_active:
            written[entry.author].append(entry)
    people = {p.pk: p for p in [*skills, *written]}
    homes = _homes(people)
    now = timezone.now()
    findings = [
        Finding(one, homes.get(pk), _known(skills.get(one, []), written.get(one, []), questions, now))
        for pk, one in people.items()
        if gate.is_on_in(SLUG, homes.get(pk))
    ]
    findings.sort(key=lambda f: (-f.known.score, f.person.display_name, f.person.pk))
    return Findings(findings, exact)


def known_by(person: Person, *, reader: Reader) -> list[TopicKnown]:
    """What somebody declares to know about, each topic with the evidence that the reader may see."""
    if not gate.is_on_in(SLUG, person.primary_department):
        return []
    declared = DeclaredSkill.objects.filter(content_object__person=person).select_related("tag").order_by("pk")
    topics = [row.tag for row in declared]
    if not topics:
        return []
    tagged = Entry.objects.visible_to(reader).filter(author=person, entry_topics__topic__in=[t.pk for t in topics])
    entries = list(tagged.annotate(topic_pk=F("entry_topics__topic")).newest().for_cards()[: HITS * 2])
    questions = _questions(reader, entries)
    by_topic: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_topic[entry.topic_pk].append(entry)
    now = timezone.now()
    return [TopicKnown(t, _known([(t.name, True)], by_topic[t.pk], questions, now)) for t in topics]


def _known(
    skills: Iterable[tuple[str, bool]], entries: Iterable[Entry], questions: frozenset[int], now: datetime
) -> Known:
    score, evidence = 0.0, []
    best = sorted(skills, key=lambda pair: not pair[1])[:2]
    if best:
        score += DECLARED if best[0][1] else OVERLAPS
        evidence += [skill(name, exact=exact) for name, exact in (best[:1] if best[0][1] else best)]
    by_sort: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_sort[sort_of(entry, questions)].append(entry)
    for sort in SORTS:
        if found := by_sort.get(sort):
            score += weigh(sort, found, now)
            evidence += tell(sort, found)
    return Known(round(score, 3), tuple(evidence))


def _written(person: Reader, asked: str) -> tuple[list[Entry], bool]:
    """The best hits among what people wrote and among pages, both as the person may see them."""
    entries: list[Entry] = []
    exact = True
    for kind in ("user", "managed"):
        found = search(SearchRequest(person=person, q=asked, kind=kind, size=HITS))
        entries += [hit.entry for hit in found.hits]
        exact = exact and found.count_exact and found.count <= HITS
    return entries, exact


def _questions(person: Reader, entries: Iterable[Entry]) -> frozenset[int]:
    """Which of the things the entries are about ask something."""
    subjects = {entry.subject_id for entry in entries if entry.subject_id}
    asking = Entry.objects.visible_to(person).filter(pk__in=subjects, type="question")
    return frozenset(asking.values_list("pk", flat=True))


def _homes(people: Mapping[int, Person]) -> dict[int, Department]:
    primary = Membership.objects.filter(person__in=people, is_primary=True).select_related("department")
    return {membership.person_id: membership.department for membership in primary}


Word = frozenset[str]


def _forms(word: str) -> Word:
    """A word folded, and its stems in every language."""
    return frozenset({fold(word), *stems(word)})


def _within(some: list[Word], others: list[Word]) -> bool:
    return bool(some) and all(any(word & other for other in others) for word in some)


def _declared(asked: str) -> dict[Person, list[tuple[str, bool]]]:
    """Person -> (topic, whether it is just what is asked) of the declared skills that fit.

    A skill fits if it contains every word asked for, or the other way round, in any form of the words.
    """
    words_asked = list(dict.fromkeys(WORD.findall(asked)))[:QUERY_TERMS]
    wanted = [_forms(word) for word in words_asked]
    near = Q()
    for word in words_asked:
        near |= Q(tag__slug__contains=word.lower()[:ROOTS]) | Q(tag__slug__contains=fold(word)[:ROOTS])
    if not near:
        return {}
    rows = DeclaredSkill.objects.filter(near, content_object__person__is_active=True)
    rows = rows.select_related("tag", "content_object__person").order_by("pk")[:DECLARATIONS]
    found: dict[Person, list[tuple[str, bool]]] = defaultdict(list)
    for row in rows:
        words = [_forms(word) for word in WORD.findall(row.tag.name)]
        above, below = _within(wanted, words), _within(words, wanted)
        if above or below:
            found[row.content_object.person].append((row.tag.name, above and below))
    return found
