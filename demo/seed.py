"""Puts the demo organisation in place, through the platform's own actions. All of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from demo import load
from demo.organisation import Organisation
from demo.people import Person as PersonData
from demo.pictures import portrait
from demo.seed_pages import seed_pages
from demo.stage import Stage
from portal.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from portal.catalogue.actions import put_many
from portal.host.registry import module_of, registry
from portal.people.actions import create_department
from portal.people.cards import person_card
from portal.people.models import Department, Location, Membership, Person, Role
from portal.people.receivers import end_cached_rights

Say = Callable[[str], None]


def is_seeded() -> bool:
    return Person.objects.filter(username=DEMO_ACCOUNTS[0]).exists()


def seed(say: Say) -> None:
    """Seeds everything in one transaction, so that a run cut off in the middle leaves nothing behind."""
    demo = load.load_demo()
    with transaction.atomic():
        departments = _departments(demo.organisation, say)
        people = _people(demo.people, departments, say)
        feeds = Path(settings.FOLKMOOT_DROP_DIR)
        stage = Stage(demo, timezone.localtime(), people, departments, feeds, say)
        seed_pages(stage)
        renew_feeds()
        _plugins(stage)


def renew_feeds() -> None:
    """What the other systems would deliver today: the demo's rosters and tasks are always those of this week."""
    load.write_feeds(Path(settings.FOLKMOOT_DROP_DIR), timezone.localdate())


def _departments(organisation: Organisation, say: Say) -> dict[str, Department]:
    for role in organisation.roles.values():
        Role.objects.get_or_create(slug=role.slug, defaults={"name": role.name})
    for place in organisation.locations.values():
        Location.objects.get_or_create(slug=place.slug, defaults={"name": place.name})
    locations = {location.slug: location for location in Location.objects.all()}
    made: dict[str, Department] = {}
    for data in organisation.departments.values():
        made[data.url_path] = create_department(
            data.name,
            slug=data.slug,
            hue=data.hue,
            location=locations.get(data.location),
            parent=made.get(data.parent),
            acting_person=None,
        )
    say(f"{len(made)} departments")
    return made


def _people(data: dict[str, PersonData], departments: dict[str, Department], say: Say) -> dict[str, Person]:
    roles = {role.slug: role for role in Role.objects.all()}
    locations = {location.slug: location for location in Location.objects.all()}
    password, nobody = make_password(DEMO_PASSWORD), make_password(None)
    rows = []
    for person in data.values():
        row = Person(
            username=person.username,
            first_name=person.first_name,
            last_name=person.last_name,
            email=f"{person.key}@merekaar.example",
            job_title=person.job_title,
            role=roles.get(person.role),
            location=locations.get(person.location),
            phone=person.phone,
            place=person.place,
            languages=", ".join(person.languages),
            language="en" if person.username in DEMO_ACCOUNTS else person.language,
            password=password if person.username in DEMO_ACCOUNTS else nobody,
            is_staff=person.username == "it",
            is_superuser=person.username == "it",
        )
        if person.has_portrait:
            row.photo.save(f"{person.key}.png", _png(person), save=False)
        rows.append(row)
    Person.objects.bulk_create(rows)
    people = {row.username: row for row in Person.objects.all()}
    memberships = [
        Membership(
            person=people[person.username],
            department=departments[m.department],
            is_primary=m.is_primary,
            **{f"is_{right}": True for right in m.rights},
        )
        for person in data.values()
        for m in person.memberships
    ]
    Membership.objects.bulk_create(memberships)
    end_cached_rights(row.pk for row in people.values())
    people = {row.username: row for row in Person.objects.all()}
    put_many([person_card(row) for row in people.values()])
    say(f"{len(people)} people")
    return people


def _png(person: PersonData) -> ContentFile[bytes]:
    buffer = BytesIO()
    portrait(person.key, person.hue).save(buffer, "PNG", optimize=True)
    return ContentFile(buffer.getvalue())


def _plugins(stage: Stage) -> None:
    """Each plugin that has a demo puts it on the stage; requirements come first, comments on others last."""
    modules = [(plugin.slug, module_of(plugin, "demo")) for plugin in registry.active()]
    for _slug, module in sorted(modules, key=lambda pair: getattr(pair[1], "ORDER", 50)):
        if hasattr(module, "seed"):
            module.seed(stage)
