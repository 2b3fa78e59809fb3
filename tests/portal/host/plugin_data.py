"""Something of every built-in plugin, made by the plugins' own actions and adapters; and all rows there are of it."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from plugins.comments.actions import add_comment
from plugins.expertise.actions import declare_skills
from plugins.kpis.tests.samples import csv_of, row
from plugins.microblog.actions import publish_post
from plugins.rosters.tests.samples import calendar, event, on, who
from plugins.tasks.tests.samples import document, task
from portal.catalogue.actions import entry_for
from portal.host.registry import registry
from portal.testing.adapters import deliver, make_source

SLUGS = ("comments", "expertise", "kpis", "microblog", "rosters", "tasks")
Rows = dict[str, list[dict[str, Any]]]

# What tells the search indexes that something changed grows; it is not content.
_MOVES = {"version"}


def fill(emergency, bob, alice) -> None:
    """Posts with comments and answers, figures, shifts, tasks and skills of Bob and Alice."""
    bob.email = "bob@merekaar.example"
    bob.save(update_fields=["email"])
    post = publish_post("Pumps are on floor 3", acting_person=bob, department=emergency)
    publish_post("All welcome", acting_person=alice, department=emergency, for_everyone=True)
    comment = add_comment(entry_for(post), "Thank you, Bob", acting_person=alice)
    add_comment(entry_for(post), "An answer", acting_person=bob, parent=comment)
    declare_skills(["triage", "ultrasound"], acting_person=bob)
    figures = make_source("kpis.csv", slug="ehr-figures", department=emergency)
    deliver(figures, csv_of(row("door", 1, 39), row("door", 0, 34)))
    rota = make_source("rosters.ical", slug="rota", department=emergency)
    shift = event("a", on(1), on(1, "1500"), who("bob"))
    deliver(rota, calendar(shift, event("b", on(2), on(2, "1500"))))
    todo = make_source("tasks.json", slug="todo", department=emergency)
    deliver(todo, document(task("a"), task("b")))


def rows_of(slug: str) -> Rows:
    """Every row of the plugin's tables, and of the core's about it."""
    config = registry.all()[slug].config
    found = {m._meta.label_lower: m._base_manager.all() for m in config.get_models(include_auto_created=True)}
    for label, lookup in (
        ("catalogue.entry", "plugin"), ("catalogue.entrytopic", "entry__plugin"),
        ("catalogue.entryfile", "entry__plugin"), ("timeline.activity", "entry__plugin"), ("host.rule", "plugin"),
        ("host.pluginsettings", "plugin"), ("host.grant", "plugin"), ("ingestion.source", "plugin"),
        ("ingestion.record", "source__plugin"),
    ):  # fmt: skip
        found[label] = apps.get_model(label).objects.filter(**{lookup: slug})
    return {
        label: [{k: v for k, v in values.items() if k not in _MOVES} for values in rows.order_by("pk").values()]
        for label, rows in found.items()
    }
