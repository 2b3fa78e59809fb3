"""The audit log: who did what. Kept in Wagtail's log tables, so that IT reads one history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogActionRegistry, log
from wagtail.models import ModelLogEntry

if TYPE_CHECKING:
    from django.db.models import Model

    from portal.people.models import Person

# Wagtail refuses a log entry whose action nobody registered, so every action of the kernel is listed here.
KERNEL_ACTIONS = {
    "department.create": _("Create department"),
    "department.move": _("Move department"),
    "membership.add": _("Add to department"),
    "membership.remove": _("Remove from department"),
    "person.deactivate": _("Deactivate person"),
    "person.reactivate": _("Reactivate person"),
    "person.update": _("Change profile"),
    "person.erase": _("Erase personal data"),
    "plugin.rule": _("Change plugin rule"),
    "plugin.settings": _("Change plugin settings"),
    "plugin.grant": _("Change plugin permission"),
    "plugin.breaker": _("Plugin breaker"),
    "plugin.install": _("Install plugin"),
    "plugin.upgrade": _("Upgrade plugin"),
    "plugin.export": _("Export plugin data"),
    "plugin.retire": _("Retire plugin"),
    "plugin.restore": _("Restore plugin"),
    "plugin.purge": _("Purge plugin data"),
    "source.save": _("Save source"),
    "source.run": _("Run source"),
    "source.delete": _("Delete source"),
    "source.withdraw": _("Withdraw everything of source"),
    "source.write_back": _("Write back to source"),
    "search.save": _("Save search setting"),
    "search.delete": _("Delete search setting"),
    "search.factor": _("Change ranking"),
    "search.page": _("Begin a page about what people seek"),
    "document.extract": _("Read a document's text again"),
    "content.create": _("Create"),
    "content.edit": _("Edit"),
    "content.delete": _("Delete"),
    "content.hide": _("Hide"),
    "content.show": _("Show again"),
}


def register(actions: LogActionRegistry) -> None:
    for name, label in KERNEL_ACTIONS.items():
        actions.register_action(f"folkmoot.{name}", label, label)


def record(
    action: str, obj: Model, *, acting_person: Person | None, data: dict[str, Any] | None = None
) -> ModelLogEntry | None:
    """Writes one line of history in the running transaction. `acting_person` None means the system itself."""
    return log(obj, f"folkmoot.{action}", user=acting_person, data=data or {})
