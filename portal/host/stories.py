"""The sentences that tell why a plugin is on or off in a department."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.host.models import Rule
from portal.host.registry import registry

if TYPE_CHECKING:
    from portal.people.models import Department


def sentence_of(slug: str, department: Department, on: bool, kind: str, rule: Rule | None, missing: str) -> str:
    """One to three sentences. `kind` as in DepartmentStory; `missing` is the slug of the requirement that is off."""
    names = {
        "plugin": title_of(slug),
        "department": department.name,
        "where": rule.department.name if rule else "",
        "missing": title_of(missing) if missing else "",
        "problem": "",
    }
    if kind == "dormant":
        plugin = registry.get(slug)
        names["problem"] = plugin.problem if plugin else _("it is not installed")
    told = _TEXTS[kind, on]() % names
    return " ".join([told, *_about(rule)]) if rule is not None and kind != "requirement" else told


def title_of(slug: str) -> str:
    """The plugin's title; the slug of one that is not installed."""
    plugin = registry.get(slug)
    return str(plugin.manifest.title) if plugin else slug


def _about(rule: Rule) -> list[str]:
    """Who ruled why, and until when."""
    found = []
    if rule.ends_at is not None:
        until = date_format(timezone.localtime(rule.ends_at), "DATETIME_FORMAT")
        found.append(_("The rule ends on %(until)s.") % {"until": until})
    who = rule.changed_by.display_name if rule.changed_by else ""
    if who and rule.reason:
        found.append(_("%(person)s gave the reason: %(reason)s") % {"person": who, "reason": rule.reason})
    elif who:
        found.append(_("%(person)s decided it.") % {"person": who})
    elif rule.reason:
        found.append(_("The reason given: %(reason)s") % {"reason": rule.reason})
    return found


_TEXTS = {
    ("default", True): lambda: _("%(plugin)s is on in %(department)s: it is on unless somebody rules otherwise."),
    ("default", False): lambda: _("%(plugin)s is off in %(department)s: it is off until somebody switches it on."),
    ("rule", True): lambda: _("%(plugin)s is on in %(department)s by the rule of %(where)s."),
    ("rule", False): lambda: _("%(plugin)s is off in %(department)s by the rule of %(where)s."),
    ("force", True): lambda: _("%(plugin)s is on in %(department)s, locked by %(where)s."),
    ("force", False): lambda: _("%(plugin)s is off in %(department)s, locked by %(where)s."),
    ("requirement", False): lambda: _("%(plugin)s is off in %(department)s: it needs %(missing)s, which is off there."),
    ("dormant", False): lambda: _("%(plugin)s does not run: %(problem)s."),
}
