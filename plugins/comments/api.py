"""`/api/v1/comments/`."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugins.comments import actions
from plugins.comments.models import Comment
from plugins.comments.threads import comments_for
from portal.api.pagination import CappedCursorPagination
from portal.api.serializers import EntrySerializer
from portal.catalogue.access import readable_entry_or_404, readable_or_404
from portal.catalogue.models import Entry
from portal.social.throttles import WriteThrottle

LARGEST = 2**63 - 1


class CommentSerializer(EntrySerializer):
    """A comment: the entry's fields, with `id` of the comment; `subject` is the entry it is about."""

    id = serializers.IntegerField(source="key", read_only=True)
    entry = serializers.IntegerField(source="pk", read_only=True)
    subject = serializers.IntegerField(source="subject_id", read_only=True)
    parent = serializers.IntegerField(read_only=True, allow_null=True)
    text = serializers.CharField(source="body", read_only=True)

    class Meta(EntrySerializer.Meta):
        fields = [*EntrySerializer.Meta.fields, "entry", "subject", "parent", "text"]


class CommentInput(serializers.Serializer[Any]):
    """What an author decides. Everything else that is sent is ignored."""

    text = serializers.CharField(trim_whitespace=False)


class NewCommentInput(CommentInput):
    entry = serializers.IntegerField(min_value=1, max_value=LARGEST, help_text="The entry it is about.")
    parent = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False, allow_null=True)


def _with_parent(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    rows = Comment.objects.filter(pk=Cast(OuterRef("key"), BigIntegerField()))
    return entries.annotate(parent=Subquery(rows.values("parent_id")[:1]))


def _shown(comment: Comment, request: Request) -> dict[str, Any]:
    entry = readable_or_404(request.user, comment)
    entry.parent = comment.parent_id  # type: ignore[attr-defined]
    return CommentSerializer(entry).data


@extend_schema(parameters=[OpenApiParameter("entry", int, required=True)])
class CommentList(generics.ListAPIView):
    """The comments on an entry, oldest first."""

    serializer_class = CommentSerializer
    pagination_class = CappedCursorPagination
    throttle_classes = [WriteThrottle]
    ordering = ("published_at", "pk")

    def get_queryset(self) -> QuerySet[Entry]:
        given = self.request.query_params.get("entry", "")
        if not (given.isascii() and given.isdigit() and int(given) <= LARGEST):
            raise serializers.ValidationError({"entry": ["Give the id of an entry."]})
        subject = readable_entry_or_404(self.request.user, int(given))
        entries = comments_for(self.request.user, [subject.pk])
        return _with_parent(entries.select_related("author", "department"))

    @extend_schema(request=NewCommentInput, responses={201: CommentSerializer})
    def post(self, request: Request) -> Response:
        """Comments on an entry the person may read, or answers a comment on it (`parent`)."""
        given = NewCommentInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        subject = readable_entry_or_404(request.user, values["entry"])
        comment = actions.add_comment(
            subject, values["text"], acting_person=request.user, parent=_parent(values.get("parent"))
        )
        return Response(_shown(comment, request), status=status.HTTP_201_CREATED)


def _parent(pk: int | None) -> Comment | None:
    """The comment with this number; an unknown one is refused like one that is gone."""
    if pk is None:
        return None
    return Comment.objects.select_related("parent").filter(pk=pk).first() or Comment(deleted=True)


class CommentDetail(APIView):
    """One comment. Its author may change it; its author, moderators and IT may delete it."""

    throttle_classes = [WriteThrottle]

    def _comment(self, pk: int) -> Comment:
        found = Comment.objects.select_related("subject__gate", "author", "parent").filter(pk=pk, deleted=False)
        comment = found.first()
        if comment is None:
            raise Http404
        return comment

    @extend_schema(responses=CommentSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_shown(self._comment(pk), request))

    @extend_schema(request=CommentInput, responses=CommentSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        comment = self._comment(pk)
        readable_or_404(request.user, comment)
        given = CommentInput(data=request.data)
        given.is_valid(raise_exception=True)
        actions.edit_comment(comment, acting_person=request.user, text=given.validated_data["text"])
        return Response(_shown(comment, request))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        actions.delete_comment(self._comment(pk), acting_person=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("", CommentList.as_view(), name="comments"),
    path("<int:pk>/", CommentDetail.as_view(), name="comment"),
]
