"""A source of Jira in the console of IT: the form that is made of its settings."""

from __future__ import annotations

import re
from html import unescape

from plugins.tasks.jira import PATHS
from portal.ingestion.models import Source
from tests.e2e.site import form_fields

ADD = "/admin/sources/add/tasks.jira/"


def test_a_source_of_jira_is_added_by_its_form(as_ida, emergency):
    html = as_ida.get(ADD).content.decode()
    for text in ("Which issues", "Kind of Jira", "What finishes an issue", "fields.status.statusCategory.key"):
        assert text in html
    part = html.partition('class="source-form"')[2]
    fields = {name: unescape(value) for name, value in form_fields(part).items() if name not in ("more", "test")}
    for name, lines in re.findall(r'<textarea\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</textarea>', part, re.DOTALL):
        fields[name] = unescape(lines).lstrip("\n")
    given = {
        "name": "Ward Jira",
        "slug": "ward",
        "department": str(emergency.pk),
        "pull_from": "https://hospital.example",
        "setting-jql": "project = WARD",
        "setting-people-key": ["acc-1"],
        "setting-people-value": ["bob"],
        "setting-paths-key": ["due"],
        "setting-paths-value": ["fields.customfield_1"],
    }
    answered = as_ida.post(ADD, fields | given)
    assert "Push secret" in answered.content.decode()  # shown once
    settings = Source.objects.get(slug="ward").settings
    assert (settings["jql"], settings["people"]) == ("project = WARD", {"acc-1": "bob"})
    assert settings["paths"] == PATHS | {"due": "fields.customfield_1"}
    assert settings["complete_by"][0] == "Done"
