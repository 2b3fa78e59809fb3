"""Writes about sources and what they delivered. Actors are keyword-only; each function is one transaction."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audience.expressions import Expression
from portal.audit import record
from portal.ingestion import adapters, trouble
from portal.ingestion.batches import configuration_of
from portal.ingestion.changes import changes, facts_of, of_secret
from portal.ingestion.checks import (
    check_source,
    checked_roles,
    checked_settings,
    checked_told,
    checked_transport,
    tidy_place,
)
from portal.ingestion.models import Delivery, RejectedItem, Source
from portal.ingestion.sealing import SealBroken
from portal.people.models import Department, Person

EDITABLE = {
    "name", "department", "audience", "settings", "pull_from", "transport", "schedule", "allowed_hosts", "token",
    "stale_after", "hold_share", "audience_roles", "told",
}  # fmt: skip
# What decides whether a fetch succeeds: when it changes, the source is tried at once.
FETCHED_BY = {"schedule", "pull_from", "transport", "allowed_hosts", "token"}
_NOT_HELD = gettext_lazy("This delivery is not held for confirmation (any more); look at the source again.")
_CHECKED: dict[str, Callable[[Any], Any]] = {
    "transport": checked_transport,
    "pull_from": tidy_place,
    "audience_roles": checked_roles,
    "allowed_hosts": lambda hosts: [str(host).strip().lower() for host in hosts],
}
# The columns an edit writes; what the worker notes meanwhile stays.
CONFIGURATION = [
    "name", "department", "audience_key", "settings", "pull_from", "transport", "schedule", "next_run_at",
    "allowed_hosts", "sealed_token", "stale_after", "hold_share", "audience_roles",
    "etag", "last_modified", "content_hash", "updated_at",
]  # fmt: skip


def may_manage_sources(person: Person | None) -> bool:
    """Central IT; None is the command line."""
    return person is None or (person.is_active and person.is_superuser)


def require(person: Person | None) -> None:
    """Raises PermissionDenied for everybody but central IT."""
    if not may_manage_sources(person):
        raise PermissionDenied(_("Sources are kept by central IT; ask there."))


@transaction.atomic
def create_source(
    slug: str,
    *,
    adapter: str,
    name: str,
    department: Department,
    acting_person: Person | None,
    **fields: Any,
) -> Source:
    """Adds a source; what else may be given is EDITABLE. It comes with a push secret (`source.secrets[0]`).

    With a schedule it is pulled at once for the first time. Raises ValidationError, PermissionDenied.
    """
    require(acting_person)
    try:
        plugin = adapters.plugin_of(adapter)
    except adapters.NoSuchAdapter as error:
        raise ValidationError({"adapter": [str(error)]}) from error
    source = Source(slug=slug, adapter=adapter, plugin=plugin)
    source.secrets = [new_secret()]
    fields.setdefault("settings", {})
    told = checked_told(fields.pop("told", ()))
    _set(source, {"name": name, "department": department, **fields})
    source.save()
    source.told.set(told)
    data = {"created": True, "values": changes({}, facts_of(source))}
    record("source.save", source, acting_person=acting_person, data=data)
    return source


@transaction.atomic
def update_source(source: Source, *, acting_person: Person | None, **fields: Any) -> Source:
    """Changes what is given (see EDITABLE). A new home or audience reaches what was applied at once.

    The next pull is made as if it were the first, so that new settings take effect. Raises ValidationError,
    PermissionDenied.
    """
    require(acting_person)
    before, for_whom = configuration_of(source), _for_whom(source)
    stored = Source.objects.select_related("department").get(pk=source.pk)
    facts = facts_of(stored)
    _set(source, {name: value for name, value in fields.items() if name != "told"})
    if "told" in fields:
        source.told.set(checked_told(fields["told"], before=source.told.all()))
    source.etag = source.last_modified = source.content_hash = ""
    source.save(update_fields=CONFIGURATION)
    if for_whom != _for_whom(source):
        adapters.get(source.adapter).retarget(source)
    if before != configuration_of(source):
        _apply_newest_again(source)
    if before != configuration_of(source) or "hold_share" in fields:
        _look_again(source.deliveries.held())
    data: dict[str, Any] = {"changed": sorted(fields), "values": changes(facts, facts_of(source))}
    if secret := of_secret(stored.sealed_token, source.sealed_token):
        data["token"] = secret
    record("source.save", source, acting_person=acting_person, data=data)
    return source


def _for_whom(source: Source) -> tuple[object, ...]:
    return source.department_id, source.audience_key, source.audience_roles


def _apply_newest_again(source: Source) -> None:
    """What was read under other settings is read again: fetched anew, or from the newest kept delivery."""
    if source.schedule:
        source.next_run_at = timezone.now()
        source.save(update_fields=["next_run_at"])
    elif adapters.get(source.adapter).complete:
        undecided = (Delivery.State.HELD, Delivery.State.DISCARDED)
        newest = source.deliveries.exclude(state__in=undecided).in_order().last()
        if newest and newest.state == Delivery.State.APPLIED and newest.chunks.exists():
            newest.state, newest.attempts = Delivery.State.WAITING, 0
            newest.save(update_fields=["state", "attempts"])


def _look_again(deliveries: QuerySet[Delivery], **changes: Any) -> int:
    """Back into the queue as if they had just come; how many."""
    return deliveries.update(state=Delivery.State.WAITING, attempts=0, retry_at=None, error="", **changes)


def _set(source: Source, fields: dict[str, Any]) -> None:
    """Fills in fields by name and checks the whole."""
    if unknown := fields.keys() - EDITABLE:
        raise ValidationError(_("A source has no “%(field)s”.") % {"field": sorted(unknown)[0]})
    for field, value in fields.items():
        _set_field(source, field, value)
    check_source(source)
    if FETCHED_BY & fields.keys():
        source.next_run_at = timezone.now() if source.schedule else None


def as_if(source: Source, fields: dict[str, Any]) -> Source:
    """A copy of the source with these fields, checked as a whole and not saved. Raises ValidationError."""
    tried = copy.copy(source)
    _set(tried, fields)
    return tried


def _set_field(source: Source, field: str, value: Any) -> None:
    if field == "audience":
        source.audience_key = value.key if isinstance(value, Expression) else ""
    elif field == "settings":
        source.settings = checked_settings(source.adapter, value)
    elif field in _CHECKED:
        setattr(source, field, _CHECKED[field](value))
    else:
        setattr(source, field, value)


@transaction.atomic
def pause_source(source: Source, *, acting_person: Person | None) -> None:
    """Neither pulls nor applies from now on; what is sent is kept."""
    _set_paused(source, True, acting_person)


@transaction.atomic
def resume_source(source: Source, *, acting_person: Person | None) -> None:
    _set_paused(source, False, acting_person)


def _set_paused(source: Source, paused: bool, acting_person: Person | None) -> None:
    require(acting_person)
    source.paused = paused
    source.save(update_fields=["paused", "updated_at"])
    record("source.save", source, acting_person=acting_person, data={"paused": paused})


def new_secret() -> str:
    return secrets.token_urlsafe(32)


@transaction.atomic
def rotate_secret(source: Source, *, acting_person: Person | None) -> str:
    """A new push secret; the one before stays valid until the next rotation. Returns the new one.

    Raises ValidationError if the one before cannot be read any more, PermissionDenied.
    """
    require(acting_person)
    try:
        present = source.secrets[:1]
    except SealBroken as error:
        said = _("The present secret cannot be read any more (SECRET_KEY is another): end all others instead.")
        raise ValidationError(said) from error
    source.secrets = [new_secret(), *present]
    source.save(update_fields=["sealed_secrets", "updated_at"])
    record("source.save", source, acting_person=acting_person, data={"secret": "rotated"})
    return source.secrets[0]


@transaction.atomic
def reset_secret(source: Source, *, acting_person: Person | None) -> str:
    """A new push secret and no other: the ones before are invalid at once. Returns the new one."""
    require(acting_person)
    source.secrets = [new_secret()]
    source.save(update_fields=["sealed_secrets", "updated_at"])
    record("source.save", source, acting_person=acting_person, data={"secret": "reset"})
    return source.secrets[0]


@transaction.atomic
def replay(source: Source, *, acting_person: Person | None) -> int:
    """Puts failed deliveries, and those with rejected items still open, back in the queue; how many."""
    require(acting_person)
    again = source.deliveries.filter(state=Delivery.State.FAILED) | source.deliveries.filter(
        state=Delivery.State.APPLIED, runs__rejected_items__state=RejectedItem.State.OPEN
    )
    ids = set(again.filter(chunks__number=0).values_list("pk", flat=True))
    count = _look_again(Delivery.objects.filter(pk__in=ids))
    record("source.run", source, acting_person=acting_person, data={"replayed": count})
    return count


@transaction.atomic
def drop_rejected(items: QuerySet[RejectedItem], *, source: Source, acting_person: Person | None) -> int:
    """Gives up on rejected items of a source; they stay readable. Returns how many were open."""
    require(acting_person)
    count = items.filter(source=source, state=RejectedItem.State.OPEN).update(state=RejectedItem.State.DROPPED)
    record("source.run", source, acting_person=acting_person, data={"dropped": count})
    return count


@transaction.atomic
def confirm_delivery(delivery: Delivery, *, acting_person: Person | None) -> None:
    """Has a held delivery applied as it is, by the worker, in its order. Raises ValidationError if it is not held."""
    require(acting_person)
    if not _look_again(Delivery.objects.held().filter(pk=delivery.pk), confirmed_at=timezone.now()):
        raise ValidationError(_NOT_HELD)
    _decided(delivery, "confirmed", acting_person)


@transaction.atomic
def discard_delivery(delivery: Delivery, *, acting_person: Person | None) -> None:
    """Decides that a held delivery is never applied; it stays readable. Raises ValidationError if it is not held."""
    require(acting_person)
    reason = _("Somebody decided that it is not applied.")
    if not Delivery.objects.held().filter(pk=delivery.pk).update(state=Delivery.State.DISCARDED, error=reason):
        raise ValidationError(_NOT_HELD)
    trouble.is_decided(delivery.source)
    _decided(delivery, "discarded", acting_person)


def _decided(delivery: Delivery, decision: str, acting_person: Person | None) -> None:
    delivery.refresh_from_db()
    record("source.run", delivery.source, acting_person=acting_person, data={decision: str(delivery.receipt)})
