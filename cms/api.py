"""Wagtail's read API, narrowed to what the person may see. Found by search under /api/v1/search/."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Q, QuerySet
from django.db.models.functions import Cast
from wagtail.api.v2.filters import (
    AncestorOfFilter,
    ChildOfFilter,
    DescendantOfFilter,
    FieldsFilter,
    OrderingFilter,
)
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.models import Page

from cms.actions import LABEL
from cms.privacy import readable_sections
from portal.catalogue.models import Entry


class VisiblePagesAPIViewSet(PagesAPIViewSet):
    """Pages whose entries the person may see, and the sections that lead to them."""

    filter_backends = [FieldsFilter, ChildOfFilter, AncestorOfFilter, DescendantOfFilter, OrderingFilter]
    known_query_parameters = PagesAPIViewSet.known_query_parameters - {
        "search", "search_operator", "translation_of", "locale", "site",
    }  # fmt: skip
    # An alias names its original, which the reader may not be allowed to see.
    meta_fields = [field for field in PagesAPIViewSet.meta_fields if field != "alias_of"]

    def get_base_queryset(self) -> QuerySet[Page]:
        person: Any = self.request.user
        visible = Entry.objects.visible_to(person).filter(label=LABEL)
        pages = visible.annotate(page_id=Cast("key", BigIntegerField())).values("page_id")
        return Page.objects.live().filter(Q(pk__in=pages) | Q(pk__in=readable_sections(person).values("pk")))
