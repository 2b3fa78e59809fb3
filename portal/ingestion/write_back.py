"""Writing back: what a person does here goes to the system that owns the item. Kept first, sent by the worker.

An adapter offers `operations`, says who may use them and sends them (portal.ingestion.adapter.Adapter). What comes
back with the next delivery is the truth; nothing of the item is changed here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict
from pydantic import ValidationError as DataError

from portal.audit import record
from portal.host import gate
from portal.host.configuring.words import in_one_line
from portal.ingestion import adapters
from portal.ingestion.actions import may_manage_sources
from portal.ingestion.models import Record, Source, WriteBack
from portal.ingestion.write_back_telling import take_back
from portal.people.models import Person

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

MOST_WAITING = 100  # of one person at one source; more is no work of a person


class Nothing(BaseModel):
    """The data of an operation that needs none."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Operation:
    """`data`: the contract of what goes along. `once`: while one waits, a second one is the same."""

    slug: str
    label: StrPromise
    data: type[BaseModel] = Nothing
    once: bool = True


class Declined(Exception):
    """The other system will not do it, however often it is asked; the text says why, for the person."""


@transaction.atomic
def ask(
    source: Source,
    external_id: str,
    operation: str,
    data: dict[str, Any] | None = None,
    *,
    acting_person: Person,
    key: UUID | None = None,
) -> WriteBack:
    """Keeps it for the worker. The same key again is the one there is, as for a form that was sent twice.

    Raises PermissionDenied, and ValidationError with a sentence.
    """
    offered = source.operations.get(operation)
    if offered is None:
        raise ValidationError(_("%(source)s does not take this from here.") % {"source": source.name})
    # The item's row is the lock: the same thing asked for twice at once is one.
    item = Record.objects.select_for_update().filter(source=source, external_id=external_id).first()
    if not may_write_back(source, external_id, acting_person):
        raise PermissionDenied(_("Only whoever it is assigned to may do this."))
    if item is None or item.missing_since:
        raise ValidationError(_("%(source)s no longer lists this.") % {"source": source.name})
    fields = _checked(offered, data or {})
    if known := _known(source, external_id, offered, key, acting_person):
        return known
    if WriteBack.objects.unsettled().filter(source=source, person=acting_person).count() >= MOST_WAITING:
        raise ValidationError(_("Too much is waiting to be sent; try again when it has gone."))
    asked = WriteBack.objects.create(
        source=source,
        external_id=external_id,
        operation=operation,
        data=fields,
        person=acting_person,
        key=key or uuid4(),
    )
    record("source.write_back", source, acting_person=acting_person, data=_told(asked))
    return asked


def may_write_back(source: Source, external_id: str, person: Person | None) -> bool:
    """Asked when something is asked for, and again before it is sent."""
    if person is None or not person.is_active or not gate.is_on_in(source.plugin, source.department):
        return False
    return adapters.get(source.adapter).may_write_back(source, external_id, person)


def _checked(operation: Operation, data: dict[str, Any]) -> dict[str, Any]:
    try:
        fields = operation.data.model_validate(data).model_dump(mode="json")
        told = json.dumps(fields, ensure_ascii=False)
        if "\\u0000" in told:
            raise ValueError
        told.encode()
    except DataError as error:
        raise ValidationError(in_one_line(error)) from error
    except ValueError as error:  # what no database stores, and no other system either
        raise ValidationError(_("It holds characters that cannot be sent; write it anew.")) from error
    return fields


def _known(
    source: Source, external_id: str, operation: Operation, key: UUID | None, person: Person
) -> WriteBack | None:
    mine = WriteBack.objects.filter(source=source, external_id=external_id, operation=operation.slug)
    if key and (found := WriteBack.objects.filter(key=key).first()):
        if found.person_id != person.pk or not mine.filter(pk=found.pk).exists():
            raise ValidationError(_("This key was used for something else; leave it out or make a new one."))
        return found
    return mine.unsettled().first() if operation.once else None


@transaction.atomic
def withdraw(write_back: WriteBack, *, acting_person: Person) -> WriteBack:
    """Takes it back before it is sent, or after it has failed. Raises PermissionDenied, ValidationError."""
    found = _locked(write_back, acting_person)
    if not found.may_be_withdrawn:
        raise ValidationError(_("It is being sent or has been sent; undo it where the task comes from."))
    found.state, found.settled_at, found.retry_at = WriteBack.State.WITHDRAWN, timezone.now(), None
    found.save(update_fields=["state", "settled_at", "retry_at"])
    take_back(found)
    record("source.write_back", found.source, acting_person=acting_person, data=_told(found))
    return found


@transaction.atomic
def retry(write_back: WriteBack, *, acting_person: Person | None) -> WriteBack:
    """Tries what has failed again. By whoever asked for it, or by central IT (None: the command line).

    Raises PermissionDenied, ValidationError.
    """
    found = _locked(write_back, acting_person)
    if found.state != WriteBack.State.FAILED:
        raise ValidationError(_("Only what was not sent can be tried again."))
    found.state, found.settled_at, found.retry_at = WriteBack.State.WAITING, None, None
    found.attempts, found.said = 0, ""
    take_back(found)
    found.save(update_fields=["state", "settled_at", "retry_at", "attempts", "said"])
    record("source.write_back", found.source, acting_person=acting_person, data=_told(found))
    return found


def _locked(write_back: WriteBack, person: Person | None) -> WriteBack:
    found = WriteBack.objects.select_for_update().get(pk=write_back.pk)
    if not may_manage_sources(person) and (person is None or found.person_id != person.pk):
        raise PermissionDenied(_("Only whoever asked for it may do this."))
    return found


def export_write_backs(person: Person) -> dict[str, Any]:
    """All that the person has written back, oldest first, for the privacy export."""
    mine = WriteBack.objects.filter(person=person).select_related("source").order_by("pk")
    return {"write_backs": [{"source": one.source.slug, "data": one.data, **one.facts()} for one in mine]}


@transaction.atomic
def forget_write_backs(person: Person) -> int:
    """Erases what the person has written back; what waits is not sent. How many there were."""
    count: int = WriteBack.objects.filter(person=person).delete()[0]
    return count


def _told(write_back: WriteBack) -> dict[str, str]:
    """For the history: what was asked for, not what was written."""
    told = {"operation": write_back.operation, "item": write_back.external_id, "state": write_back.state}
    return {name: str(value) for name, value in told.items()}
