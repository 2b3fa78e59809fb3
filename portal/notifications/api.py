"""`/api/v1/notifications/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api.pagination import CappedCursorPagination
from portal.notifications.actions import mark_read
from portal.notifications.models import Notification
from portal.notifications.rows import rows_of

MOST = 1000


class NotificationSerializer(serializers.Serializer[Any]):
    """`text` and `detail` are plain text in the language of the request; `url` may be empty."""

    id = serializers.IntegerField(source="pk")
    plugin = serializers.CharField()
    type = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()
    told_at = serializers.DateTimeField()
    unread = serializers.BooleanField()


class Rows(serializers.ListSerializer[Any]):
    def to_representation(self, data: Any) -> Any:
        return [NotificationSerializer(row).data for row in rows_of(data)]


class ListedNotification(NotificationSerializer):
    class Meta:
        list_serializer_class = Rows


@extend_schema(parameters=[OpenApiParameter("unread", bool, description="Only what is not read yet.")])
class NotificationList(generics.ListAPIView[Notification]):
    """What the person was told, the newest first."""

    serializer_class = ListedNotification
    pagination_class = CappedCursorPagination
    ordering = ("-created_at", "-pk")

    def get_queryset(self) -> QuerySet[Notification]:
        found = Notification.objects.visible_to(self.request.user)
        return found.unread() if self.request.query_params.get("unread") in ("1", "true") else found


class ReadSerializer(serializers.Serializer[Any]):
    """`ids`: which ones; without it all of them."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=MOST)


class ReadCountSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField()


class NotificationsRead(APIView):
    """Notes the person's own notifications as read; `read` is how many were not."""

    @extend_schema(request=ReadSerializer, responses=ReadCountSerializer)
    def post(self, request: Request) -> Response:
        given = ReadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        assert request.user.is_authenticated  # says the permission
        return Response({"read": mark_read(given.validated_data.get("ids"), acting_person=request.user)})
