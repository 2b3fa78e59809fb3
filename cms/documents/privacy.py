"""Privacy of Wagtail's collections as audiences: everything above a collection narrows it, as it does for pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wagtail.models import Collection, CollectionViewRestriction

from cms.privacy import expression_of_restriction
from portal.audience.access import tokens_of
from portal.audience.expressions import Expression, both
from portal.people.models import Person


def privacy_of_collections(ids: Iterable[int]) -> Mapping[int, Expression]:
    """The whole of what holds in each of these collections; two queries."""
    paths = dict(Collection.objects.filter(pk__in=set(ids)).values_list("pk", "path"))
    restrictions = CollectionViewRestriction.objects.select_related("collection").prefetch_related("groups")
    known = [(restriction.collection.path, expression_of_restriction(restriction)) for restriction in restrictions]
    return {pk: both(*(rule for above, rule in known if path.startswith(above))) for pk, path in paths.items()}


def may_open(person: Person, document: Any) -> bool:
    """Whether the collection's privacy lets the person read this document."""
    return privacy_of_collections([document.collection_id])[document.collection_id].satisfied_by(tokens_of(person))
