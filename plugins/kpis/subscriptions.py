"""Asking to be told when a figure crosses, and no longer."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from plugins.kpis.actions import SLUG
from plugins.kpis.models import Kpi, Reading, Subscription
from portal.audit import record
from portal.catalogue.access import readable_or_404
from portal.host import gate
from portal.people.models import Person


@transaction.atomic
def subscribe(
    kpi: Kpi,
    *,
    acting_person: Person,
    bands: bool = True,
    above: Decimal | None = None,
    below: Decimal | None = None,
) -> Subscription:
    """The acting person is told when the figure comes into another band, rises above or falls below a number.

    In place of what they asked for before; counted from the newest reading on. Raises Http404, PluginOff, or
    ValidationError where nothing is asked for.
    """
    _require(kpi, acting_person)
    if not bands and above is None and below is None:
        raise ValidationError(_("Say what you want to be told: another band, or a number."))
    kept = Kpi.objects.select_for_update().get(pk=kpi.pk)
    wanted = {"bands": bands, "above": above, "below": below}
    subscription, new = Subscription.objects.update_or_create(kpi=kpi, person=acting_person, defaults=wanted)
    if kept.told_value is None:
        kept.told_value = Reading.objects.filter(kpi=kpi).order_by("-date").values_list("value", flat=True).first()
        kept.save(update_fields=["told_value"])
    action = "content.create" if new else "content.edit"
    record(action, subscription, acting_person=acting_person, data={"kpi": kpi.pk})
    return subscription


@transaction.atomic
def unsubscribe(kpi: Kpi, *, acting_person: Person) -> bool:
    """The acting person is told no more; False if they had not asked. Raises Http404 or PluginOff."""
    _require(kpi, acting_person)
    subscription = Subscription.objects.filter(kpi=kpi, person=acting_person).first()
    if subscription is None:
        return False
    record("content.delete", subscription, acting_person=acting_person, data={"kpi": kpi.pk})
    subscription.delete()
    return True


def _require(kpi: Kpi, person: Person) -> None:
    readable_or_404(person, kpi)
    gate.require(SLUG, person)
