"""Why a plugin is on or off: for a person, in a department, and for a whole page of the matrix.

Reads the rules by itself instead of asking the snapshot, which knows only the result; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.host.authority import is_it_of, line, local_it_paths
from portal.host.models import Rule
from portal.host.registry import registry
from portal.host.snapshot import FORCES, SWITCHED_ON, holds
from portal.host.stories import sentence_of
from portal.people.models import Department, Person


@dataclass(frozen=True)
class DepartmentStory:
    """Whether a plugin is on in a department and what decided it there.

    `reason_kind`: "default" (nobody ruled), "rule", "force", "requirement" (something it needs is off: `missing`) or
    "dormant" (it does not run at all). `decided_by` and `decided_at` are the rule and its department, if one decided.
    """

    department: Department
    on: bool
    decided_by: Rule | None
    decided_at: Department | None
    reason_kind: str
    sentence: str
    missing: str = ""


@dataclass(frozen=True)
class Explanation:
    """Whether a plugin is on for a person, and why: `sentences` in plain words, the first one sums up.

    `lock` is the story of the primary department if a force there decides against the other departments.
    """

    slug: str
    on: bool
    sentences: list[str]
    departments: list[DepartmentStory]
    lock: DepartmentStory | None = None


@dataclass(frozen=True)
class Origin:
    """One cell of the matrix. `state` is the department's own rule ("" without), also one that does not hold yet.

    `locked`: a force above the department decides; `decided_at` is where the decision comes from, None the default.
    """

    state: str
    on: bool
    locked: bool
    decided_at: Department | None
    reason_kind: str
    rule: Rule | None = None
    missing: str = ""


@dataclass(frozen=True)
class _Decision:
    on: bool
    kind: str
    rule: Rule | None = None
    missing: str = ""


@dataclass
class _Judge:
    """The rules about some plugins on the way from the root to some departments, read in one query."""

    rules: dict[tuple[str, str], Rule]  # plugin, path
    now: datetime
    _known: dict[tuple[str, str], _Decision] = field(default_factory=dict)

    @classmethod
    def of(cls, slugs: Iterable[str], departments: Iterable[Department]) -> _Judge:
        paths = {path for department in departments for path in line(department.path)}
        found = Rule.objects.filter(plugin__in=_with_requirements(slugs), department__path__in=paths)
        rules = {(r.plugin, r.department.path): r for r in found.select_related("department", "changed_by")}
        return cls(rules, timezone.now())

    def decide(self, slug: str, path: str) -> _Decision:
        key = (slug, path)
        if key not in self._known:
            self._known[key] = self._decide(slug, path)
        return self._known[key]

    def _decide(self, slug: str, path: str) -> _Decision:
        plugin = registry.get(slug)
        if plugin is None or plugin.problem:
            return _Decision(False, "dormant")
        found = self.ruled(slug, path)
        if found is None:
            decision = _Decision(plugin.manifest.default_on, "default")
        else:
            decision = _Decision(found.state in SWITCHED_ON, "force" if found.state in FORCES else "rule", found)
        if decision.on:
            for required in plugin.manifest.requires:
                if not self.decide(required, path).on:
                    return _Decision(False, "requirement", decision.rule, required)
        return decision

    def ruled(self, slug: str, path: str) -> Rule | None:
        """The force nearest the root, else the rule nearest the department."""
        nearest = None
        for where in line(path):
            rule = self.rules.get((slug, where))
            if rule is None or rule.state == Rule.State.INHERIT or not holds(rule, self.now):
                continue
            if rule.state in FORCES:
                return rule
            nearest = rule
        return nearest

    def story(self, slug: str, department: Department) -> DepartmentStory:
        found = self.decide(slug, department.path)
        return DepartmentStory(
            department=department,
            on=found.on,
            decided_by=found.rule,
            decided_at=found.rule.department if found.rule else None,
            reason_kind=found.kind,
            sentence=sentence_of(slug, department, found.on, found.kind, found.rule, found.missing),
            missing=found.missing,
        )


def _with_requirements(slugs: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(slugs)
    while waiting:
        slug = waiting.pop()
        if slug not in found:
            found.add(slug)
            plugin = registry.get(slug)
            waiting += plugin.manifest.requires if plugin else ()
    return found


def explain_in(slug: str, department: Department) -> DepartmentStory:
    """Why the plugin is on or off in a department. One query."""
    return _Judge.of([slug], [department]).story(slug, department)


def origins(departments: Sequence[Department], slugs: Collection[str]) -> dict[tuple[str, int], Origin]:
    """(slug, department id) -> where its state comes from, for a page of the matrix. One query, whatever the size."""
    judge = _Judge.of(slugs, departments)
    return {(slug, d.pk): _origin(judge, slug, d) for d in departments for slug in slugs}


def _origin(judge: _Judge, slug: str, department: Department) -> Origin:
    own = judge.rules.get((slug, department.path))
    found = judge.decide(slug, department.path)
    where = found.rule.department if found.rule else None
    return Origin(
        state=str(own.state) if own else "",
        on=found.on,
        locked=bool(found.rule and found.rule.state in FORCES and where != department),
        decided_at=where,
        reason_kind=found.kind,
        rule=own,
        missing=found.missing,
    )


def explain(slug: str, person: Person, *, reader: Person | None = None) -> Explanation:
    """Why the plugin is on or off for a person. At most four queries, whatever the number of departments.

    A `reader` who is local IT learns nothing of departments that are not theirs; None is central IT.
    """
    memberships = list(person.memberships.select_related("department").order_by("-is_primary", "department__path"))
    homes = [membership.department for membership in memberships]
    if not homes:
        root = Department.objects.organisation()
        homes = [root] if root else []
    judge = _Judge.of([slug], homes)
    stories = [judge.story(slug, department) for department in homes]
    lock = _lock(judge, slug, stories) if memberships and memberships[0].is_primary else None
    on = person.is_active and (lock.on if lock else any(story.on for story in stories))
    shown = _shown(stories, reader)
    sentences = _sentences(person, on, bool(memberships), lock if lock in shown else None)
    sentences += [story.sentence for story in shown]
    if len(shown) < len(stories):
        sentences.append(_("Other departments count as well; ask central IT about those."))
    return Explanation(slug, on, sentences, shown, lock if lock in shown else None)


def _shown(stories: list[DepartmentStory], reader: Person | None) -> list[DepartmentStory]:
    if reader is None or reader.is_superuser:
        return stories
    homes = local_it_paths(reader)
    return [story for story in stories if is_it_of(reader, story.department, homes)]


def _lock(judge: _Judge, slug: str, stories: list[DepartmentStory]) -> DepartmentStory | None:
    """The primary department's story, if a force there decides otherwise than the others would."""
    primary = stories[0]
    ruled = judge.ruled(slug, primary.department.path)
    if ruled is None or ruled.state not in FORCES or primary.reason_kind == "dormant":
        return None
    return primary if primary.on != any(story.on for story in stories) else None


def _sentences(person: Person, on: bool, belongs: bool, lock: DepartmentStory | None) -> list[str]:
    names = {"person": person.display_name}
    summary = _("It is on for %(person)s.") if on else _("It is off for %(person)s.")
    found = [summary % names]
    if not person.is_active:
        found.append(_("The account is not active; nothing is on for it."))
    if not belongs:
        found.append(_("%(person)s belongs to no department, so the organisation's rules hold.") % names)
    if lock is not None:
        found.append(
            _("%(department)s is the primary department, and what is locked there wins over the others.")
            % {"department": lock.department.name}
        )
    return found


def rules_seen_by(person: Person, slug: str) -> QuerySet[Rule]:
    """The rules about a plugin that IT may read: central IT all of them, local IT those of its departments and
    below, and from above only what decides for them. Nobody else any. At most three queries to make.
    """
    found = Rule.objects.filter(plugin=slug).order_by("department__path")
    if not person.is_active:
        return found.none()
    if person.is_superuser:
        return found
    homes = [m.department for m in person.memberships.filter(is_local_it=True).select_related("department")]
    judge = _Judge.of([slug], homes)
    deciding = [rule.pk for home in homes if (rule := judge.ruled(slug, home.path))]
    mine = Q(pk__in=deciding)
    for home in homes:
        mine |= Q(department__path__startswith=home.path)
    return found.filter(mine)
