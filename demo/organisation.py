"""Departments, locations and roles of the demo organisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from demo.sources import DATA, DemoDataError, at_most_one, read_yaml

HUE_DISTANCE = 25


@dataclass(frozen=True)
class Role:
    slug: str
    name: str


@dataclass(frozen=True)
class Location:
    slug: str
    name: str
    country: str
    phone: str
    language: str
    time_zone: str


@dataclass(frozen=True)
class Department:
    """One node of the tree. `parent` is the parent's url_path, "" for the organisation itself."""

    url_path: str
    parent: str
    slug: str
    name: str
    short: str
    hue: int
    location: str
    size: int


@dataclass(frozen=True)
class Organisation:
    """Everything in demo/data/organisation.yaml; departments are in the order of creation, parents first."""

    roles: dict[str, Role]
    locations: dict[str, Location]
    departments: dict[str, Department]

    @property
    def root(self) -> Department:
        """The organisation itself."""
        return next(iter(self.departments.values()))

    def children(self, url_path: str) -> list[Department]:
        """Departments directly below one."""
        return [department for department in self.departments.values() if department.parent == url_path]


def _walk(node: dict[str, Any], parent: Department | None) -> Iterator[Department]:
    department = Department(
        url_path=f"{parent.url_path}/{node['slug']}" if parent else node["slug"],
        parent=parent.url_path if parent else "",
        slug=node["slug"],
        name=node["name"],
        short=node.get("short", node["name"]),
        hue=node["hue"],
        location=node.get("location", parent.location if parent else ""),
        size=node["size"],
    )
    yield department
    for child in node.get("children", ()):
        yield from _walk(child, department)


def _check(organisation: Organisation) -> None:
    for department in organisation.departments.values():
        if department.location and department.location not in organisation.locations:
            raise DemoDataError(f"organisation.yaml: {department.url_path} has an unknown location")
        hues = sorted(child.hue for child in organisation.children(department.url_path))
        gaps = [after - before for before, after in pairwise(hues)]
        if gaps and min(*gaps, 360 + hues[0] - hues[-1]) < HUE_DISTANCE:
            raise DemoDataError(f"organisation.yaml: hues below {department.url_path} are too close: {hues}")


def load_organisation(path: Path = DATA / "organisation.yaml") -> Organisation:
    """Read and check the tree."""
    data = read_yaml(path)
    departments = list(_walk(data["departments"], None))
    at_most_one((department.url_path for department in departments), path.name)
    organisation = Organisation(
        roles={item["slug"]: Role(**item) for item in data["roles"]},
        locations={item["slug"]: Location(**item) for item in data["locations"]},
        departments={department.url_path: department for department in departments},
    )
    _check(organisation)
    return organisation
