"""What somebody says they know about as an entry, by which one search finds them. It stands and falls with them."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from plugins.expertise.models import Expertise
from portal.catalogue.actions import entry_for, put
from portal.catalogue.card import Card
from portal.host import EntryType
from portal.people.cards import person_card

types = [EntryType("expertise", _("Knows about"), "people", "user", _("Expertise"))]


def expertise_card(expertise: Expertise) -> Card:
    """For somebody who declared something.

    What it is about is in the body: elsewhere words weigh more, and a process about dialysis is to stand before
    those who know about it. Nor are they topics of the entry, since there is nothing to read about them.
    """
    person = entry_for(expertise.person) or put(person_card(expertise.person))
    declared = list(expertise.declared.order_by("pk").values_list("tag__name", flat=True))
    with translation.override(settings.LANGUAGE_CODE):
        title = _gettext("Knows about")
    return Card(
        kind="user",
        type="expertise",
        obj=expertise,
        title=title,
        body=", ".join(declared),
        url=expertise.person.get_absolute_url(),
        author=expertise.person,
        plugin="expertise",
        subject=person,
        published_at=expertise.person.date_joined,
    )


def _declared() -> QuerySet[Expertise]:
    return Expertise.objects.filter(declared__isnull=False).distinct().select_related("person")


cards = {Expertise: expertise_card}
rebuild = {Expertise: _declared}
