"""People of the demo organisation: the named ones from YAML, the others made up, always the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo.organisation import Department, Organisation
from demo.sources import DATA, MAIL_DOMAIN, DemoDataError, ascii_name, at_most_one, number, pick, read_yaml

RIGHTS = frozenset({"head", "editor", "moderator", "local_it"})
DEMO_ACCOUNTS = ("editor", "employee", "head", "it")


@dataclass(frozen=True)
class Membership:
    """`rights` is a subset of head, editor, moderator, local_it."""

    department: str
    is_primary: bool
    rights: frozenset[str]


@dataclass(frozen=True)
class Person:
    """`key` is firstname.lastname, used in all data files; `username` is the same but for demo accounts."""

    key: str
    username: str
    first_name: str
    last_name: str
    job_title: str
    role: str
    phone: str
    outside_phone: str
    place: str
    location: str
    languages: tuple[str, ...]
    language: str
    memberships: tuple[Membership, ...]
    has_portrait: bool
    hue: int

    @property
    def email(self) -> str:
        """Work address."""
        return f"{self.key}@{MAIL_DOMAIN}"

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def department(self) -> str:
        """url_path of the primary department."""
        return self.memberships[0].department


class Maker:
    """Builds people one by one and remembers which names are taken."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.names: dict[str, dict[str, list[str]]] = read_yaml(DATA / "names.yaml")
        self.jobs: dict[str, list[dict[str, Any]]] = read_yaml(DATA / "jobs.yaml")
        self.people: dict[str, Person] = {}
        self.extensions: set[str] = set()

    def add(self, data: dict[str, Any]) -> None:
        """Take in one person, with everything that is not given made up from the name."""
        key = ascii_name(f"{data['first']} {data['last']}")
        memberships = tuple(
            Membership(item["department"], index == 0, frozenset(item.get("rights", ())))
            for index, item in enumerate(data["memberships"])
        )
        department = self._department(key, memberships)
        location = data.get("location") or department.location or "parnu"
        site = self.organisation.locations[location]
        phone = str(data.get("phone") or self._extension(key))
        self.extensions.add(phone)
        username = data.get("username", key)
        in_english = username in DEMO_ACCOUNTS or department.url_path.count("/") == 0
        self.people[key] = Person(
            key=key,
            username=username,
            first_name=data["first"],
            last_name=data["last"],
            job_title=data["title"],
            role=data["role"],
            phone=phone,
            outside_phone=f"{site.phone} {phone}",
            place=data.get("place") or self._place(key),
            location=location,
            languages=tuple(data["languages"]),
            language="en" if in_english or site.language not in data["languages"] else site.language,
            memberships=memberships,
            has_portrait=number("portrait", key) % 3 == 0,
            hue=number("hue", key) % 360,
        )

    def _department(self, key: str, memberships: tuple[Membership, ...]) -> Department:
        at_most_one((membership.department for membership in memberships), f"people.yaml: {key}")
        for membership in memberships:
            if membership.department not in self.organisation.departments:
                raise DemoDataError(f"people.yaml: {key}: no department {membership.department!r}")
            if not membership.rights <= RIGHTS:
                raise DemoDataError(f"people.yaml: {key}: rights are some of {sorted(RIGHTS)}")
        return self.organisation.departments[memberships[0].department]

    def _extension(self, key: str) -> str:
        for attempt in range(100):
            phone = str(2000 + number("phone", key, attempt) % 7000)
            if phone not in self.extensions:
                return phone
        raise DemoDataError("no telephone extension left")

    def _place(self, key: str) -> str:
        house, floor = pick("ABC", "house", key), number("floor", key) % 5
        storey = ("ground floor", "1st floor", "2nd floor", "3rd floor", "4th floor")[floor]
        return f"House {house}, {storey}, room {floor}{number('room', key) % 30 + 1:02}"

    def generate(self, department: Department, index: int) -> None:
        """Make up the index-th colleague of a department."""
        seed = (department.url_path, index)
        site = self.organisation.locations[department.location]
        country = site.country
        if number("from", *seed) % 8 == 0:
            country = pick(sorted(set(self.names) - {country}), "country", *seed)
        first, last = self._free_name(country, seed)
        jobs = [job for job in self.jobs[department.slug] for _ in range(job["weight"])]
        job = pick(jobs, "job", *seed)
        memberships = [{"department": department.url_path}]
        siblings = self.organisation.children(department.parent)
        if number("second", *seed) % 12 == 0:
            others = [sibling.url_path for sibling in siblings if sibling != department]
            memberships.append({"department": pick(others, "which", *seed)})
        self.add(
            {
                "first": first,
                "last": last,
                "title": job["title"],
                "role": job["role"],
                "languages": self._languages(site.language, country, seed),
                "memberships": memberships,
            }
        )

    def _free_name(self, country: str, seed: tuple[str, int]) -> tuple[str, str]:
        lists = self.names[country]
        for attempt in range(100):
            first, last = (pick(lists[part], part, *seed, attempt) for part in ("first", "last"))
            if ascii_name(f"{first} {last}") not in self.people and self._is_rare(first, last):
                return first, last
        raise DemoDataError(f"names.yaml: not enough names for {country}")

    def _is_rare(self, first: str, last: str) -> bool:
        people = self.people.values()
        twins = sum(person.last_name == last for person in people) + sum(p.first_name == first for p in people)
        return twins < 2

    def _languages(self, local: str, country: str, seed: tuple[str, int]) -> list[str]:
        own = {site.country: site.language for site in self.organisation.locations.values()}[country]
        third = "en ru" if local == "et" else "en fr"
        further = pick(("en", "en", "en", "en", "en de", third, ""), "speaks", *seed)
        return list(dict.fromkeys([local, own, *further.split()]))


def load_people(organisation: Organisation) -> dict[str, Person]:
    """Everybody by key, named people first; each department is filled up to its size."""
    maker = Maker(organisation)
    named = read_yaml(DATA / "people.yaml")
    at_most_one((ascii_name(f"{item['first']} {item['last']}") for item in named), "people.yaml")
    for item in named:
        maker.add(item)
    present: dict[str, int] = {}
    for person in maker.people.values():
        present[person.department] = present.get(person.department, 0) + 1
    for department in organisation.departments.values():
        for index in range(department.size - present.get(department.url_path, 0)):
            maker.generate(department, index)
    at_most_one((person.username for person in maker.people.values()), "people")
    return maker.people
