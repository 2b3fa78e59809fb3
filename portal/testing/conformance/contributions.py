"""The contributions of a plugin one by one, so that another function can be put in the place of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from portal.host import snapshot
from portal.host.plugin import Contributions, Manifest, NavItem, QuickAnswer, QuickAnswers, Widget
from portal.host.registry import Installed, registry

NEIGHBOUR = "conformance-neighbour"
HERE = "neighbourishere"

# Takes half a minute, if nobody cancels it.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000000) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(30)",
}


@dataclass
class Spy:
    """Stands in the place of a contribution: does what `behave` does and remembers that it was asked.

    Without `behave` it is the contribution itself. `gave` is what it returned last.
    """

    function: Callable[..., Any]
    behave: Callable[..., Any] | None = None
    calls: int = 0
    gave: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        self.gave = (self.behave or self.function)(*args, **kwargs)
        return self.gave


@dataclass
class Contribution:
    """`place` is what the breaker calls it, `title` what its placeholder says.

    `attribute` of the plugin's contributions is what `changed` makes with another function in its place.
    """

    place: str
    title: str
    function: Callable[..., Any]
    attribute: str
    changed: Callable[[Callable[..., Any]], Any]
    neighbours: Contributions = field(default_factory=Contributions)


class Label:
    """A label of the navigation that is worked out when it is read."""

    def __init__(self, text: Callable[[], Any]) -> None:
        self.text = text

    def __str__(self) -> str:
        return str(self.text())


def raises(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("on purpose")


def never_ends(*args: Any, **kwargs: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS[connection.vendor])
    return "it ended"


def contributions_of(plugin: Installed) -> Iterator[Contribution]:
    """Widgets, slots, quick answers and navigation; blocks stand on pages and have tests of their own."""
    given, title = plugin.contributions, str(plugin.manifest.title)
    for widget in given.widgets:
        yield _widget(widget, list(given.widgets))
    for name in given.slots:
        yield _slot(name, title, dict(given.slots))
    for answers in given.quick_answers:
        yield _answers(answers, title, list(given.quick_answers))
    for item in given.navigation:
        yield _navigation(item, list(given.navigation))


def _widget(widget: Widget, all_of_them: list[Widget]) -> Contribution:
    last = Widget("neighbour", "Neighbour", lambda request: HERE, order=widget.order + 1)
    return Contribution(
        place=f"widget {widget.slug}",
        title=str(widget.title),
        function=widget.render,
        attribute="widgets",
        changed=lambda function: [replace(w, render=function) if w is widget else w for w in all_of_them],
        neighbours=Contributions(widgets=[last]),
    )


def _slot(name: str, title: str, all_of_them: dict[str, Callable[..., Any]]) -> Contribution:
    function = all_of_them[name]
    return Contribution(f"slot {name}", title, function, "slots", lambda other: all_of_them | {name: other})


def _answers(answers: QuickAnswers, title: str, all_of_them: list[QuickAnswers]) -> Contribution:
    last = replace(answers, slug="neighbour", answer=lambda person, question: [QuickAnswer(HERE, HERE, "/")])
    return Contribution(
        place=f"quick answer {answers.slug}",
        title=title,
        function=answers.answer,
        attribute="quick_answers",
        changed=lambda function: [replace(a, answer=function) if a is answers else a for a in all_of_them],
        neighbours=Contributions(quick_answers=[last]),
    )


def _navigation(item: NavItem, all_of_them: list[NavItem]) -> Contribution:
    return Contribution(
        place="navigation",
        title="",
        function=lambda: item.label,
        attribute="navigation",
        changed=lambda text: [replace(i, label=Label(text)) if i is item else i for i in all_of_them],  # type: ignore[arg-type]
        neighbours=Contributions(navigation=[NavItem(HERE, "chat", "start")]),
    )


def like(result: Any, *args: Any) -> Any:
    """What a neighbour in the same slot gives, of the sort that the slot takes."""
    if isinstance(result, dict):
        return {entry.pk: HERE for entry in args[-1]}
    return [HERE] if isinstance(result, list) else HERE


def move_in(neighbours: Contributions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another plugin with these contributions, on for everybody and drawn after all others."""
    manifest = Manifest(slug=NEIGHBOUR, title="Neighbour", summary="", version="1")
    config: Any = SimpleNamespace(name="conformance_neighbour", label="conformance_neighbour")
    made = Installed(manifest=manifest, config=config, contributions=neighbours)
    others = {slug: plugin for slug, plugin in registry.all().items() if slug != NEIGHBOUR}
    monkeypatch.setattr(registry, "_plugins", {**others, NEIGHBOUR: made})
    snapshot.forget()
