"""What a plugin is and what it may contribute: plain declarations, importable before Django's apps are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise as StrPromise

    from portal.catalogue.models import Entry
    from portal.people.models import Person

API_VERSION = "1.0"


@dataclass(frozen=True)
class Manifest:
    """What IT sees of a plugin before it runs.

    `api` is the range of plugin API versions it was written for (PEP 440), `requires` the slugs it depends on,
    `critical` plugins are never switched off by the breaker.
    """

    slug: str
    title: str | StrPromise
    summary: str | StrPromise
    version: str
    api: str = ">=1,<2"
    requires: tuple[str, ...] = ()
    default_on: bool = True
    critical: bool = False
    icon: str = "chat"
    category: str = "social"


class Plugin(AppConfig):
    """Base class of a plugin's AppConfig; the conventional modules beside it are found by name."""

    manifest: ClassVar[Manifest]
    default_auto_field = "django.db.models.BigAutoField"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        # Plugins come last among the apps; two plugins with one label were told apart when they were discovered.
        if used := apps.app_configs.get(self.label):
            raise ImproperlyConfigured(
                f"plugin {self.manifest.slug!r} has the app label {self.label!r}, which {used.name} has; leave it out "
                f"with FOLKMOOT_PLUGINS_EXCLUDE={self.manifest.slug}, or ask its makers for another label."
            )

    def import_models(self) -> None:
        try:
            super().import_models()
        except Exception as error:  # models that are missing would make its migrations drop tables: no dormancy here
            raise ImproperlyConfigured(
                f"the models of plugin {self.manifest.slug!r} cannot be imported ({type(error).__name__}: {error}); "
                f"leave it out with FOLKMOOT_PLUGINS_EXCLUDE={self.manifest.slug}, or mend or uninstall the package."
            ) from error


@dataclass(frozen=True)
class NavItem:
    """A place in the main navigation. `compose` marks the one that opens the form for a new post."""

    label: str | StrPromise
    icon: str
    url_name: str
    compose: bool = False


@dataclass(frozen=True)
class EntryType:
    """How entries of one type are named and drawn, wherever they appear."""

    slug: str
    label: str | StrPromise
    icon: str
    kind: str
    plural: str | StrPromise = ""


@dataclass(frozen=True)
class Widget:
    """A box on the start page. `render` returns safe HTML, or "" to stay away; at most 2 queries."""

    slug: str
    title: str | StrPromise
    render: Callable[[HttpRequest], str]
    order: int = 50


@dataclass(frozen=True)
class QuickAnswer:
    """One fact above the results of a search, in the reader's language; plain text throughout.

    `value` is the fact itself ("36 min", "07:00 to 15:00"; may have several lines), `title` what it is of, `detail`
    what else belongs to it. `url` is where it stands, `value_url` what the value itself leads to (`tel:`, `mailto:`,
    or an address of the site). `source` and `read_at` say where it comes from and how fresh it is; `state` is ok,
    warn, bad, stale or "", `state_text` the same in words.
    """

    title: str
    value: str
    url: str
    detail: str = ""
    icon: str = "info"
    value_url: str = ""
    source: str = ""
    read_at: datetime | None = None
    state: str = ""
    state_text: str = ""


@dataclass(frozen=True)
class QuickQuestion:
    """What was sought, for a function that answers quickly.

    `words` are its words that say something, in small letters without diacritics; `rest` those of them that asked for
    nothing (see QuickAnswers). `entries`: what the rest names, of the declared types; the person may see them.
    """

    words: tuple[str, ...]
    rest: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class QuickAnswers:
    """Facts above the results of a search. `answer` takes the person and the question; at most 2 queries.

    It is asked when the query has one of `words` ("phone", in every language people use, in small letters without
    diacritics), or names an entry of `types` and hardly anything else. With both, `words` tell what is asked of the
    entries that the rest of the query names. `beside` are words that may stand there and ask for nothing by themselves.
    """

    slug: str
    answer: Callable[[Person, QuickQuestion], Iterable[QuickAnswer]]
    words: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """A notification in words: plain text in the reader's language. `url` is an address of the site, or ""."""

    text: str
    url: str = ""
    detail: str = ""


@dataclass(frozen=True)
class NotificationType:
    """Something people are told of: `portal.notifications.actions` tells them, with `data` (JSON) of the plugin's own.

    `label` is what the type is called ("Changes to my shifts"). `render` puts the data into words when it is read;
    no query.
    """

    slug: str
    label: str | StrPromise
    render: Callable[[dict[str, Any]], Notice]
    icon: str = "bell"


@dataclass(frozen=True)
class Schedule:
    """A job run by the worker. `cron` has five fields, in the organisation's time zone."""

    name: str
    cron: str
    function: Callable[[], object]


@dataclass(frozen=True)
class Permission:
    """Something a plugin lets people do, which IT grants per department: `post`, `moderate`, `configure`.

    `default` is who holds it where nobody granted: any of HOLDERS, () is nobody but central IT. The module
    `permissions` lists them as `permissions`; actions ask `portal.host.permissions.require`.
    """

    slug: str
    label: str | StrPromise
    default: tuple[str, ...] = ("members",)

    HOLDERS: ClassVar[tuple[str, ...]] = ("everyone", "members", "heads", "editors", "moderators", "local_it")


@dataclass
class Contributions:
    """Everything a plugin's conventional modules declare."""

    urlpatterns: list = field(default_factory=list)
    api_urlpatterns: list = field(default_factory=list)
    navigation: list[NavItem] = field(default_factory=list)
    types: list[EntryType] = field(default_factory=list)
    # Model -> the card of a row; model -> the rows that have one. See portal.catalogue.rebuilding.
    cards: dict[Any, Callable[[Any], Any]] = field(default_factory=dict)
    rebuild: dict[Any, Callable[[], Any]] = field(default_factory=dict)
    widgets: list[Widget] = field(default_factory=list)
    slots: dict[str, Callable] = field(default_factory=dict)
    quick_answers: list[QuickAnswers] = field(default_factory=list)
    notifications: list[NotificationType] = field(default_factory=list)
    adapters: list[type] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    blocks: dict[str, Any] = field(default_factory=dict)
    permissions: list[Permission] = field(default_factory=list)
    # Sort -> what of it a person has: {"group": lambda person: ["group:7"]}.
    tokens: dict[str, Callable[[Any], Iterable[str]]] = field(default_factory=dict)
    settings_model: Any = None
