"""Saying what one knows about."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from plugins.expertise.cards import expertise_card
from plugins.expertise.models import DeclaredSkill, Expertise
from portal.audit import record
from portal.catalogue.actions import put, remove
from portal.catalogue.details import topic_slug, topics_by_slug
from portal.host import gate
from portal.people.models import Person
from portal.social.text import tidy

SLUG = "expertise"
MOST = 30
LONGEST = 60


def _checked_names(names: Iterable[str]) -> list[str]:
    """Tidied, each topic once and as first written."""
    found: dict[str, str] = {}
    for name in names:
        tidied = " ".join(tidy(name).split()).lstrip("#")
        if len(tidied) > LONGEST:
            raise ValidationError(
                {"skills": _("“%(name)s…” is too long; a topic has at most %(longest)d characters.")
                 % {"name": tidied[:20], "longest": LONGEST}}
            )  # fmt: skip
        if slug := topic_slug(tidied):
            found.setdefault(slug, tidied)
    if len(found) > MOST:
        raise ValidationError({"skills": _("Name at most %(most)d topics.") % {"most": MOST}})
    return list(found.values())


@transaction.atomic
def declare_skills(names: Iterable[str], *, acting_person: Person) -> Expertise:
    """Replaces what the acting person says they know about; nobody says it for somebody else.

    At most 30 topics of at most 60 characters. Raises ValidationError, or PluginOff where the finder is off.
    """
    gate.require(SLUG, acting_person)
    gate.require_in(SLUG, acting_person.primary_department)
    wanted = _checked_names(names)
    expertise, _made = Expertise.objects.get_or_create(person=acting_person)
    topics = {topic.pk for topic in topics_by_slug(wanted).values()}
    expertise.declared.exclude(tag__in=topics).delete()
    present = set(expertise.declared.values_list("tag", flat=True))
    DeclaredSkill.objects.bulk_create(
        [DeclaredSkill(content_object=expertise, tag_id=pk) for pk in sorted(topics - present)]
    )
    record("content.edit", expertise, acting_person=acting_person, data={"skills": len(wanted)})
    if topics:
        put(expertise_card(expertise))
    else:
        remove(expertise)
    return expertise
