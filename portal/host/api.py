"""`/api/v1/plugins/`: which plugins are on for the person, and IT's rules about them."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.host import rules
from portal.host.console import may_open
from portal.host.gate import is_on_for
from portal.host.models import Rule
from portal.host.registry import registry
from portal.people.models import Department, Person


class PluginSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    version = serializers.CharField()


class RuleSerializer(serializers.ModelSerializer[Rule]):
    department = serializers.SlugRelatedField(slug_field="url_path", queryset=Department.objects.all())
    changed_by = serializers.CharField(source="changed_by.display_name", read_only=True, default=None)

    class Meta:
        model = Rule
        fields = [
            "plugin",
            "department",
            "state",
            "starts_at",
            "ends_at",
            "reason",
            "changed_by",
            "changed_at",
        ]
        read_only_fields = ["plugin", "changed_at"]
        validators: list[Any] = []  # setting a rule replaces the one there is


class PluginList(APIView):
    """The plugins that are on for the person."""

    @extend_schema(responses=PluginSerializer(many=True))
    def get(self, request: Request) -> Response:
        manifests = [p.manifest for p in registry.active() if is_on_for(p.slug, request.user)]
        results = PluginSerializer(manifests, many=True).data
        return Response({"count": len(results), "count_exact": True, "next": None, "results": results})


class PluginRules(APIView):
    """IT's rules about one plugin. Whoever is not IT anywhere finds nothing here."""

    def _check(self, request: Request, slug: str) -> Person:
        person = request.user
        if not isinstance(person, Person) or not may_open(person) or registry.get(slug) is None:
            raise Http404
        return person

    @extend_schema(responses=RuleSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        self._check(request, slug)
        found = Rule.objects.filter(plugin=slug).select_related("department", "changed_by").order_by("department__path")
        results = RuleSerializer(found, many=True).data
        return Response({"count": len(results), "count_exact": True, "next": None, "results": results})

    @extend_schema(request=RuleSerializer, responses=RuleSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Sets the rule of a department; it takes effect everywhere within a second."""
        person = self._check(request, slug)
        given = RuleSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        department = get_object_or_404(Department, pk=values.pop("department").pk)
        state = values.pop("state", Rule.State.INHERIT)
        rule = rules.set_rule(slug, department, state, acting_person=person, **values)
        return Response(RuleSerializer(rule).data)
