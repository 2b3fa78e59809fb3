"""Card: how the owner of a thing describes it to everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from portal.audience.expressions import Expression

if TYPE_CHECKING:
    from django.db.models import Model

    from portal.catalogue.models import Entry
    from portal.people.models import Department, Person

Kind = Literal["managed", "user", "automated"]


def label_of(obj: Model | type[Model]) -> str:
    """The model's label as text ("microblog.post"), so that it survives the model; of a page the base's."""
    parents = obj._meta.get_parent_list()
    return parents[-1]._meta.label_lower if parents else obj._meta.label_lower


@dataclass(frozen=True)
class Card:
    """One thing as people find it.

    `audience` is its own targeting (None: everyone); with a `subject` it narrows the subject's. Text is only what the
    whole audience may see; form feeds in `body` part the pages of what has pages, whose number `facets` then tells
    as `pages`, and as `page_unit` what they are: page, sheet or slide. `facets` is JSON kept for display. `files` are
    storage paths it shows. `hidden` keeps the entry but shows it to nobody. From `stale_from` on it is not to be relied
    on: its review is overdue, or its source no longer has it; one that is still to come means that somebody vouches for
    it.

    What takes place tells in `facets` when: `starts_at` and `ends_at`, moments in ISO 8601, or the first and the last
    day of what takes whole days, and `time_zone` ("Europe/Tallinn") where clocks are its own. What is to be done tells
    `due`, and `done` once it is.
    `department` None is the organisation itself.
    """

    kind: Kind
    type: str
    obj: Model
    title: str
    url: str
    summary: str = ""
    body: str = ""
    image: str = ""
    author: Person | None = None
    department: Department | None = None
    plugin: str = ""
    audience: Expression | None = None
    privacy: Expression | None = None
    subject: Entry | None = None
    topics: tuple[str, ...] = ()
    language: str = ""
    translation_key: str = ""
    hidden: bool = False
    published_at: datetime | None = None
    updated_at: datetime | None = None
    visible_from: datetime | None = None
    visible_until: datetime | None = None
    stale_from: datetime | None = None
    tree_path: str = ""
    facets: Mapping[str, object] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return label_of(self.obj)

    @property
    def key(self) -> str:
        return str(self.obj.pk)
