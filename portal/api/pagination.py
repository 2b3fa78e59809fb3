"""Lists of the API: a capped count, and a link to what follows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

COUNT_CAP = 1000


class CappedCursorPagination(CursorPagination):
    """Keyset pages; `count` stops at 1,000 (`count_exact` says whether it did), so that it never costs more."""

    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 100

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        self.count = queryset.order_by()[: COUNT_CAP + 1].count()
        return super().paginate_queryset(queryset, request, view)

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        return tuple(getattr(view, "ordering", ("-published_at", "-pk")))

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "count": min(self.count, COUNT_CAP),
                "count_exact": self.count <= COUNT_CAP,
                "next": self.get_next_link(),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["count", "count_exact", "results"],
            "properties": {
                "count": {"type": "integer", "maximum": COUNT_CAP},
                "count_exact": {"type": "boolean"},
                "next": {"type": "string", "nullable": True, "format": "uri"},
                "results": schema,
            },
        }
