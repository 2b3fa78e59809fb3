"""`/api/v1/rosters/feed/`: the address of one's own calendar."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugins.rosters.actions import give_address, revoke_address
from plugins.rosters.models import Feed
from portal.social.throttles import WriteThrottle


class FeedSerializer(serializers.Serializer[Feed]):
    """`address` only in the answer that makes it: it is kept nowhere."""

    address = serializers.CharField(required=False)
    created_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class FeedView(APIView):
    """The secret address under which a calendar reads the person's own shifts."""

    throttle_classes = [WriteThrottle]

    @extend_schema(responses=FeedSerializer)
    def get(self, request: Request) -> Response:
        feed = Feed.objects.filter(person=request.user.pk).first()
        return Response(_feed_facts(feed))

    @extend_schema(request=None, responses={201: FeedSerializer})
    def post(self, request: Request) -> Response:
        """A new address; the one before ends."""
        assert request.user.is_authenticated  # says the permission
        secret = give_address(request.user, acting_person=request.user)
        address = request.build_absolute_uri(reverse("rosters:feed", args=[secret]))
        facts = _feed_facts(Feed.objects.get(person=request.user.pk))
        return Response({"address": address, **facts}, status=201, headers={"Cache-Control": "private, no-store"})

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Whoever has the address reads nothing from now on."""
        assert request.user.is_authenticated  # says the permission
        if not revoke_address(request.user, acting_person=request.user):
            raise NotFound(_("There is no address to take back."))
        return Response(status=204)


def _feed_facts(feed: Feed | None) -> dict[str, Any]:
    return {"created_at": feed and feed.created_at, "last_used_at": feed and feed.last_used_at}
