"""What is done inside of such a Folkmoot, in a process of its own: `python -m tests.thirdparty.inside NAME ARGUMENTS`.

The result is printed last, as JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import django

TEXT = {"type": "paragraph", "value": "<p>Come and eat</p>", "id": "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f01"}
BLOCK = {"type": "lunch_menu", "value": {"heading": "In the canteen"}, "id": "5ffa3a0d-1d4c-4a40-8d54-3d1f6a6f7f02"}


def file_of(module: str) -> str:
    return str(__import__(module).__file__)


def rows(slug: str) -> dict[str, Any]:
    """Everything there is of the plugin, in its own tables and in the core's."""
    from tests.portal.host.plugin_data import rows_of

    return rows_of(slug)


def have_lunch(department: str) -> int:
    """What people, the canteen's system and editors do; the id of the page that holds the plugin's block."""
    from django.utils import timezone
    from folkmoot_lunch.actions import publish_menu

    from cms.models import NewsPage
    from plugins.comments.actions import add_comment
    from portal.catalogue.actions import entry_for
    from portal.jobs.sweep import run_all
    from portal.people.models import Department, Person
    from portal.testing.adapters import deliver, make_source

    here, employee = Department.objects.get(url_path=department), Person.objects.get(username="employee")
    menu = publish_menu("Pea soup\nPancakes", acting_person=employee, department=here)
    add_comment(entry_for(menu), "Two helpings, please", acting_person=employee)
    tomorrow = timezone.localdate() + timedelta(days=1)
    body = json.dumps({"menus": [{"day": str(tomorrow), "dishes": ["Fish"]}]}).encode()
    deliver(make_source("lunch.json", slug="canteen", department=here), body)
    page = NewsPage.objects.live().filter(department=here).first()
    page.body = json.dumps([TEXT, BLOCK])
    page.save_revision(user=employee).publish()
    run_all()
    return page.pk


def visit(page: str) -> dict[str, Any]:
    """What a reader, somebody of another department and an editor meet; the page is then saved as it is."""
    from cms.models import NewsPage

    news = NewsPage.objects.get(pk=page)
    seen: dict[str, Any] = {
        "widget": "Pancakes" in text_for("employee", "/"),
        "list": "Fish" in text_for("employee", "/app/lunch/"),
        "found": "Pea soup" in text_for("employee", "/search/?q=pancakes"),
        "elsewhere": any("Pea" in text_for("editor", to) for to in ("/", "/app/lunch/", "/search/?q=pancakes")),
        "text": "Come and eat" in text_for("employee", news.url),
        "block": "Pea soup" in text_for("employee", news.url),
        "told to IT": "lunch.json" in text_for("it", "/admin/plugins/about/lunch/"),
        "editable": "Come and eat" in text_for("it", f"/admin/pages/{news.pk}/edit/"),
    }
    news.save_revision().publish()
    return seen | {"stored": stored(news)}


def write(address: str, text: str, place: str) -> None:
    """An employee fills in the form."""
    from portal.people.models import Person

    employee = Person.objects.get(username="employee")
    home = employee.memberships.get(is_primary=True).department_id
    answer = client_of("employee").post(address, {"text": text, "place": place, "department": home})
    assert answer.status_code == 302, answer.content.decode()


def readers_of(text: str, *addresses: str) -> list[str]:
    """Of two people, of whom one works in the department, those who meet the text: everywhere or nowhere."""
    from portal.jobs.sweep import run_all

    run_all()  # the worker has done its part: what was written is found
    found = {name: [text in text_for(name, address) for address in addresses] for name in ("employee", "editor")}
    assert all(len(set(met)) == 1 for met in found.values()), found
    return [name for name, met in found.items() if all(met)]


def text_for(username: str, address: str) -> str:
    """A page as this person gets it; "" for what is not there or not theirs."""
    answer = client_of(username).get(address)
    assert answer.status_code in (200, 403, 404), f"{address} answers {answer.status_code}"
    return answer.content.decode() if answer.status_code == 200 else ""


def client_of(username: str) -> Any:
    from django.test import Client

    from portal.people.models import Person

    client = Client(SERVER_NAME="localhost")
    client.force_login(Person.objects.get(username=username))
    return client


def stored(page: Any) -> Any:
    """The body as it is in the database, past all models."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM cms_contentpage WHERE page_ptr_id = %s", [page.pk])
        value = cursor.fetchone()[0]
    return json.loads(value) if isinstance(value, str) else value


if __name__ == "__main__":
    django.setup()
    name, *arguments = sys.argv[1:]
    sys.stdout.write("\n" + json.dumps(globals()[name](*arguments), default=str) + "\n")
