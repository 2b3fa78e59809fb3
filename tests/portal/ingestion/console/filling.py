"""The form of a source as a browser would send it."""

from __future__ import annotations

import re
from html import unescape

from tests.e2e.site import form_fields

ADD = "/admin/sources/add/tasks.csv/"


EDIT = "/admin/sources/source/todo/edit/"


def form_of(client, address):
    """What the page's form would send untouched, as lists."""
    html = client.get(address).content.decode().partition('class="source-form"')[2]
    fields = {name: [unescape(value)] for name, value in form_fields(html).items() if name not in ("more", "test")}
    for name in ("setting-columns", "setting-fixed", "setting-paths"):
        keys = re.findall(rf'<select name="{name}-key".*?</select>', html, re.DOTALL)
        if keys:
            fields[f"{name}-key"] = [unescape((re.findall(r'value="([^"]+)" selected', k) or [""])[0]) for k in keys]
            values = re.findall(rf'name="{name}-value" value="([^"]*)"', html)
            fields[f"{name}-value"] = [unescape(value) for value in values]
    for name, lines in re.findall(r'<textarea\b[^>]*\bname="([^"]*)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        fields[name] = [unescape(lines).lstrip("\n")]
    return fields


def new(client, department, **fields):
    given = {"name": ["the list"], "slug": ["list"], "department": [str(department.pk)]}
    return (
        form_of(client, ADD)
        | given
        | {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    )
