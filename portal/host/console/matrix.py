"""Plugins by departments: what holds where, and where it comes from. A page of the tree at a time."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.host.authority import line, local_it_paths
from portal.host.console.access import departments_of, for_it, one_of
from portal.host.explain import Origin, origins
from portal.host.registry import Installed, registry
from portal.host.snapshot import FORCES
from portal.paging import page_of
from portal.people.models import Department, Person

PAGE = 50


@dataclass(frozen=True)
class Cell:
    """What holds for one plugin in one department, in words."""

    on: bool
    locked: bool
    source: str
    key: str  # as the page of changes takes it
    url: str
    label: str
    choose: str


@dataclass(frozen=True)
class Row:
    department: Department
    cells: list[Cell]
    url: str


@for_it
def matrix(request: HttpRequest) -> HttpResponse:
    """A department with those directly below it, or those whose name was searched for."""
    person = request.user
    assert isinstance(person, Person)
    homes = frozenset() if person.is_superuser else local_it_paths(person)
    mine = departments_of(person)
    asked, category = request.GET.get("q", "").strip()[:100], request.GET.get("category", "")
    here = _chosen(request, mine, homes)
    if asked:
        listed = mine.filter(name__icontains=asked)
    elif here is not None:
        listed = mine.filter(Q(pk=here.pk) | Q(path__startswith=here.path, depth=here.depth + 1))
    else:
        listed = mine.filter(path__in=homes)
    page = page_of(request, listed, PAGE)
    plugins = [p for p in registry.all().values() if not category or p.manifest.category == category]
    context = {
        "header_title": _("Where plugins are on"),
        "header_icon": "cogs",
        "page_title": _("Where plugins are on"),
        "plugins": plugins,
        "categories": sorted({p.manifest.category for p in registry.all().values()}),
        "category": category,
        "rows": _rows(page, plugins, category),
        "page": page,
        "here": here,
        "above": _above(here, mine) if here else [],
        "q": asked,
    }
    return render(request, "host/matrix.html", context)


def _chosen(request: HttpRequest, mine: QuerySet[Department], homes: frozenset[str]) -> Department | None:
    """The department that was asked for; by default the organisation, or the only one of local IT's `homes`."""
    if given := request.GET.get("department", ""):
        return one_of(mine, given)
    return mine.first() if len(homes) <= 1 else None


def _above(here: Department, mine: QuerySet[Department]) -> list[Department]:
    return list(mine.filter(path__in=line(here.path)[:-1]))


def _rows(page: Page[Department], plugins: list[Installed], category: str) -> list[Row]:
    departments = list(page.object_list)
    found = origins(departments, [plugin.slug for plugin in plugins])
    return [
        Row(
            department,
            [_cell(found[plugin.slug, department.pk], plugin, department) for plugin in plugins],
            f"?{urlencode({'department': department.pk, 'category': category})}",
        )
        for department in departments
    ]


def _cell(origin: Origin, plugin: Installed, department: Department) -> Cell:
    own_lock = origin.state in FORCES
    state = _("on") if origin.on else _("off")
    source = source_of(origin, department)
    key = f"{plugin.slug}:{department.pk}"
    names = {"plugin": plugin.manifest.title, "department": department.name, "state": state, "source": source}
    label = _("%(plugin)s in %(department)s: %(state)s, %(source)s. Change.") % names
    choose = _("Choose %(plugin)s in %(department)s") % names
    url = f"{reverse('plugin_change')}?{urlencode({'cell': key})}"
    return Cell(origin.on, origin.locked or own_lock, source, key, url, label, choose)


def source_of(origin: Origin, department: Department) -> str:
    """What decides there, in a few words."""
    if origin.reason_kind == "dormant":
        return _("does not run")
    if origin.reason_kind == "requirement":
        return _("needs %(plugin)s") % {"plugin": origin.missing}
    if origin.decided_at is None:
        return _("by default")
    if origin.decided_at.pk == department.pk:
        return _("own rule")
    return _("from %(department)s") % {"department": origin.decided_at.name}
