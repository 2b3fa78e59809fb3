"""`/api/v1/expertise/`."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from plugins.expertise.actions import declare_skills
from plugins.expertise.finder import Finding, find_people
from plugins.expertise.models import DeclaredSkill
from portal.api.serializers import PersonBriefSerializer
from portal.social.throttles import WriteThrottle
from search.terms import clean

SHOWN = 50


class EvidenceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    text = serializers.CharField()
    url = serializers.CharField(allow_null=True)


class FindingSerializer(serializers.Serializer[Any]):
    """`score` orders the list; `strength` is its step from 1 to 5, as pages show it."""

    person = PersonBriefSerializer()
    department = serializers.SerializerMethodField()
    score = serializers.FloatField(source="known.score")
    strength = serializers.IntegerField(source="known.strength")
    evidence = EvidenceSerializer(many=True, source="known.evidence")

    def get_department(self, finding: Finding) -> str | None:
        return finding.department.url_path if finding.department else None


class SkillsSerializer(serializers.Serializer[Any]):
    skills = serializers.ListField(child=serializers.CharField(allow_blank=True), max_length=200)


class Finder(APIView):
    """Who knows about `q`, by evidence the asking person may see."""

    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "search"

    @extend_schema(parameters=[OpenApiParameter("q", str, required=True)], responses=FindingSerializer(many=True))
    def get(self, request: Request) -> Response:
        question = clean(request.query_params.get("q", ""))
        if not question:
            raise serializers.ValidationError({"q": ["Say what somebody should know about."]})
        found = find_people(request.user, question)
        return Response(
            {
                "count": len(found.people),
                "count_exact": found.exact,
                "next": None,
                "results": FindingSerializer(found.people[:SHOWN], many=True).data,
            }
        )


class Me(APIView):
    """What the person says they know about."""

    throttle_classes = [WriteThrottle]

    @extend_schema(responses=SkillsSerializer)
    def get(self, request: Request) -> Response:
        declared = DeclaredSkill.objects.filter(content_object__person=request.user).order_by("pk")
        return Response({"skills": list(declared.values_list("tag__name", flat=True))})

    @extend_schema(request=SkillsSerializer, responses=SkillsSerializer)
    def put(self, request: Request) -> Response:
        """Replaces all of it."""
        given = SkillsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        declare_skills(given.validated_data["skills"], acting_person=request.user)
        return self.get(request)


urlpatterns = [
    path("", Finder.as_view(), name="finder"),
    path("me/", Me.as_view(), name="me"),
]
