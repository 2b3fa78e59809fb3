"""Quick answers above the results of a search: the core's, and those of plugins that are on for the person, guarded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from portal.host.gate import those_on_for
from portal.host.guard import checked, guarded
from portal.host.plugin import QuickAnswer, QuickAnswers, QuickQuestion
from portal.host.registry import registry

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.people.models import Person

SHOWN = 3  # above the results, and asked of one source
_LEADS_TO = ("tel:", "mailto:", "https://", "http://")


@dataclass(frozen=True)
class AnswerSource:
    """What may answer; `plugin` is "" for the core."""

    plugin: str
    answers: QuickAnswers

    def ask(self, person: Person, question: QuickQuestion) -> list[QuickAnswer]:
        """What it answers; nothing if it fails. What it may show was asked by `sources_for`."""
        if not self.plugin:
            return _answers(self.answers, person, question)
        return guarded(self.plugin, f"quick answer {self.answers.slug}", [], _answers, self.answers, person, question)


def sources_for(person: Person | AnonymousUser) -> Iterator[AnswerSource]:
    """All that may answer this person: the core first, then plugins that are on for the person."""
    if not person.is_authenticated or not person.is_active:
        return
    for answers in registry.core_answers.values():
        yield AnswerSource("", answers)
    active = {plugin.slug: plugin for plugin in registry.active() if plugin.contributions.quick_answers}
    for slug in those_on_for(active, person):
        for answers in active[slug].contributions.quick_answers:
            yield AnswerSource(slug, answers)


def _answers(answers: QuickAnswers, person: Person, question: QuickQuestion) -> list[QuickAnswer]:
    """Read to the end here, where the guard sees it, though it may be a generator."""
    found = [checked(QuickAnswer, answer) for answer in islice(answers.answer(person, question), SHOWN)]
    for answer in found:
        for url in (answer.url, answer.value_url):
            if url and not _leads_somewhere(url):
                raise ValueError(f"it leads to {url!r}: use an address of the site, tel:, mailto: or https:")
    return found


def _leads_somewhere(url: str) -> bool:
    """No script and no data in a link."""
    return (url.startswith("/") and not url.startswith(("//", "/\\"))) or url.startswith(_LEADS_TO)
