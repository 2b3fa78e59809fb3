"""Writing and reading menus."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from portal.host import permissions, rules
from portal.host.gate import PluginOff

from folkmoot_lunch.actions import delete_menu, publish_menu
from folkmoot_lunch.models import Menu


@pytest.fixture
def house(folkmoot_house):
    rules.set_rule("lunch", folkmoot_house.department, rules.ON, acting_person=None)
    return folkmoot_house


def client_of(person):
    client = Client()
    client.force_login(person)
    return client


def in_days(number):
    return timezone.localdate() + timedelta(days=number)


def test_a_second_menu_of_a_day_replaces_the_first(house):
    for dish, person in (("Soup", house.author), ("Stew", house.colleague)):
        publish_menu(dish, acting_person=person, department=house.department)
    menu = Menu.objects.get()
    assert (menu.dishes, menu.author) == ("Stew", house.colleague)


def test_who_may_not_write_is_refused(house):
    with pytest.raises(ValidationError, match="departments you belong to"):
        publish_menu("Soup", acting_person=house.outsider, department=house.department)
    with pytest.raises(PluginOff):
        publish_menu("Soup", acting_person=house.outsider, department=house.other_department)
    with pytest.raises(ValidationError, match="Write something"):
        publish_menu("  ", acting_person=house.author, department=house.department)
    permissions.save_grant("lunch", "post", house.department, ["editors"], acting_person=None)
    with pytest.raises(PermissionDenied):
        publish_menu("Soup", acting_person=house.author, department=house.department)
    assert not Menu.objects.exists()


def test_its_author_deletes_it_and_a_colleague_does_not(house):
    menu = publish_menu("Soup", acting_person=house.author, department=house.department)
    with pytest.raises(PermissionDenied):
        delete_menu(menu, acting_person=house.colleague)
    assert client_of(house.colleague).get(f"/app/lunch/{menu.pk}/delete/").status_code == 403
    answer = client_of(house.author).post(f"/app/lunch/{menu.pk}/delete/", follow=True)
    assert "The menu is deleted." in answer.content.decode()
    assert not Menu.objects.exists()


def test_form_page_list_widget_and_api_show_it(house):
    client = client_of(house.author)
    assert f'value="{in_days(0).isoformat()}"' in client.get("/app/lunch/new/").content.decode()
    form = {"day": in_days(0).isoformat(), "dishes": "Soup\nStew", "department": house.department.pk}
    assert "Stew" in client.post("/app/lunch/new/", form, follow=True).content.decode()
    for address in ("/", "/app/lunch/"):
        assert "<li>Stew</li>" in client.get(address).content.decode()
    asked = {"day": in_days(0).isoformat()}
    found = client.get("/api/v1/lunch/menus/", asked).json()["results"]
    assert [menu["dishes"] for menu in found] == [["Soup", "Stew"]]
    assert client.get("/api/v1/lunch/menus/", {"day": "soon"}).status_code == 400


def test_the_api_writes_one(house):
    given = {"dishes": "Soup", "department": house.department.url_path, "day": in_days(1).isoformat()}
    assert client_of(house.author).post("/api/v1/lunch/menus/", given).status_code == 201
    assert client_of(house.outsider).post("/api/v1/lunch/menus/", given).status_code == 403
    assert Menu.objects.get().day == in_days(1)


@pytest.mark.parametrize("address", ["/app/lunch/", "/api/v1/lunch/menus/"])
def test_a_list_of_many_costs_what_a_list_of_one_costs(house, address):
    client, counts = client_of(house.author), []
    for days in (range(1), range(1, 15)):
        for day in days:
            publish_menu("Soup", acting_person=house.author, department=house.department, day=in_days(day))
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
