"""`/api/v1/microblog/posts/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugins.microblog import actions
from plugins.microblog.models import Post
from plugins.microblog.queries import posts_for
from portal.api.pagination import CappedCursorPagination
from portal.api.serializers import EntrySerializer
from portal.catalogue.access import readable_or_404
from portal.catalogue.models import Entry
from portal.people.models import Department
from portal.social.throttles import WriteThrottle


class PostSerializer(EntrySerializer):
    """A post: the entry's fields, with `id` of the post, `entry` the entry's id and the whole text."""

    id = serializers.IntegerField(source="key", read_only=True)
    entry = serializers.IntegerField(source="pk", read_only=True)
    text = serializers.CharField(source="body", read_only=True)

    class Meta(EntrySerializer.Meta):
        fields = [*EntrySerializer.Meta.fields, "entry", "text"]


class PostInput(serializers.Serializer[Any]):
    """What an author decides. Everything else that is sent is ignored."""

    text = serializers.CharField(trim_whitespace=False)
    type = serializers.CharField(required=False)
    language = serializers.CharField(required=False, allow_blank=True, help_text="Empty: told by the text.")
    for_everyone = serializers.BooleanField(required=False)


class NewPostInput(PostInput):
    department = serializers.CharField(required=False, help_text="Its path; your primary department by default.")


def _shown(post: Post, request: Request) -> dict[str, Any]:
    return PostSerializer(readable_or_404(request.user, post)).data


class PostList(generics.ListAPIView):
    """The posts the person may read, newest first."""

    serializer_class = PostSerializer
    pagination_class = CappedCursorPagination
    throttle_classes = [WriteThrottle]

    def get_queryset(self) -> QuerySet[Entry]:
        return posts_for(self.request.user).defer(None)

    @extend_schema(request=NewPostInput, responses={201: PostSerializer})
    def post(self, request: Request) -> Response:
        """Posts in a department the person belongs to."""
        given = NewPostInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        department = _department(request, values.pop("department", ""))
        post = actions.publish_post(acting_person=request.user, department=department, **values)
        return Response(_shown(post, request), status=status.HTTP_201_CREATED)


def _department(request: Request, url_path: str) -> Department:
    mine = Department.objects.filter(memberships__person=request.user)
    found = mine.filter(url_path=url_path.strip("/")) if url_path else mine.filter(memberships__is_primary=True)
    department = found.first()
    if department is None:
        raise serializers.ValidationError({"department": ["You can post only in departments you belong to."]})
    return department


class PostDetail(APIView):
    """One post. Its author may change it; its author, moderators and IT may delete it."""

    throttle_classes = [WriteThrottle]

    def _post(self, pk: int) -> Post:
        return get_object_or_404(Post.objects.select_related("author", "department"), pk=pk)

    @extend_schema(responses=PostSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_shown(self._post(pk), request))

    @extend_schema(request=PostInput, responses=PostSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        post = self._post(pk)
        readable_or_404(request.user, post)
        given = PostInput(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        actions.edit_post(post, acting_person=request.user, **given.validated_data)
        return Response(_shown(post, request))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        actions.delete_post(self._post(pk), acting_person=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("posts/", PostList.as_view(), name="posts"),
    path("posts/<int:pk>/", PostDetail.as_view(), name="post"),
]
