"""The kernel's part of /api/v1/: content, timeline, people, departments, plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from portal.api.pagination import CappedCursorPagination
from portal.api.serializers import DepartmentSerializer, EntrySerializer, PersonSerializer
from portal.catalogue.access import readable_entry_or_404
from portal.catalogue.models import Entry
from portal.people import following
from portal.people.models import Department, Person
from portal.row_ids import row_id
from portal.social.throttles import WriteThrottle
from portal.timeline.read import timeline_page

_FILTERS = [OpenApiParameter(name, str) for name in ("kind", "type", "topic", "department")]


@extend_schema(parameters=_FILTERS)
class ContentList(generics.ListAPIView):
    """Everything the person may read, newest first."""

    serializer_class = EntrySerializer
    pagination_class = CappedCursorPagination

    def get_queryset(self) -> QuerySet[Entry]:
        entries = Entry.objects.visible_to(self.request.user).for_cards()
        given = self.request.query_params
        if kind := given.get("kind"):
            entries = entries.filter(kind=kind)
        if entry_type := given.get("type"):
            entries = entries.filter(type=entry_type)
        if topic := given.get("topic"):
            entries = entries.about(topic)
        if path := given.get("department"):
            department = generics.get_object_or_404(Department, url_path=path.strip("/"))
            entries = entries.in_department(department)
        return entries


class ContentDetail(APIView):
    """One entry with its whole text."""

    @extend_schema(responses=EntrySerializer)
    def get(self, request: Request, pk: int) -> Response:
        entry = readable_entry_or_404(request.user, pk)
        return Response({**EntrySerializer(entry).data, "body": entry.body})


class TimelineItemSerializer(serializers.Serializer[Any]):
    verb = serializers.CharField()
    why = serializers.CharField()
    position = serializers.IntegerField()
    entry = EntrySerializer()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The entry's own fields lie beside verb and reason: one flat item, as in every list."""
        data = super().to_representation(instance)
        return {**data.pop("entry"), **data}


class Timeline(APIView):
    """The person's timeline, newest first."""

    @extend_schema(
        parameters=[OpenApiParameter("before", int), OpenApiParameter("kind", str)],
        responses=TimelineItemSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        before = request.query_params.get("before")
        if before and row_id(before) is None:
            raise serializers.ValidationError({"before": ["Give the number from `next`."]})
        kind = request.query_params.get("kind", "")
        page = timeline_page(request.user, before=int(before) if before else None, kind=kind)
        following = None
        if page.next_before:
            following = request.build_absolute_uri(f"?before={page.next_before}" + (f"&kind={kind}" if kind else ""))
        results = TimelineItemSerializer(page.items, many=True).data
        return Response(
            {
                "count": len(results),
                "count_exact": page.next_before is None and not before,
                "next": following,
                "results": results,
            }
        )


@extend_schema(parameters=[OpenApiParameter("q", str)])
@extend_schema(
    parameters=[
        OpenApiParameter("q", str, description="Words of names."),
        OpenApiParameter("followed", bool, description="Only whom the person who asks follows."),
    ]
)
class PeopleList(generics.ListAPIView):
    serializer_class = PersonSerializer
    pagination_class = CappedCursorPagination
    ordering = ("first_name", "last_name", "pk")

    def get_queryset(self) -> QuerySet[Person]:
        people = Person.objects.active().prefetch_related("memberships__department")
        for word in self.request.query_params.get("q", "").split()[:8]:
            people = people.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word))
        if self.request.query_params.get("followed") in ("1", "true"):
            people = people.filter(pk__in=following.followed_ids(self.request.user))
        return people


class FollowView(APIView):
    """Whom the person follows: PUT follows somebody, DELETE no longer. Both may be repeated."""

    throttle_classes = [WriteThrottle]

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, username: str) -> Response:
        return self._changed(request, username, following.follow)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, username: str) -> Response:
        return self._changed(request, username, following.unfollow)

    def _changed(self, request: Request, username: str, change: Callable[..., bool]) -> Response:
        person = get_object_or_404(Person.objects.active(), username=username)
        assert request.user.is_authenticated  # says the permission
        try:
            change(person, acting_person=request.user)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages) from error
        return Response(status=204)


class DepartmentList(generics.ListAPIView):
    serializer_class = DepartmentSerializer
    pagination_class = CappedCursorPagination
    ordering = ("path",)

    def get_queryset(self) -> QuerySet[Department]:
        return Department.objects.all()


class TokenView(ObtainAuthToken):
    """A token for username and password; send it as `Authorization: Token ...`."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "login"
