"""`/api/v1/plugins/`: which plugins are on for the person, and IT's rules about them."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.host import changes
from portal.host.authority import is_it_of
from portal.host.changes import Change
from portal.host.console.access import may_open
from portal.host.explain import explain, rules_seen_by
from portal.host.gate import those_on_for
from portal.host.models import Rule
from portal.host.registry import registry
from portal.people.models import Department, Person


class PluginSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    version = serializers.CharField()


class DepartmentField(serializers.SlugRelatedField[Department]):
    """A department by its path."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="url_path", queryset=Department.objects.all(), **kwargs)

    def to_internal_value(self, data: Any) -> Department:
        if not isinstance(data, str) or "\x00" in data:  # PostgreSQL refuses to look for it
            self.fail("invalid")
        return super().to_internal_value(data)


class RuleSerializer(serializers.ModelSerializer[Rule]):
    department = DepartmentField()
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
        active = {plugin.slug: plugin.manifest for plugin in registry.active()}
        manifests = [active[slug] for slug in those_on_for(active, request.user)]
        results = PluginSerializer(manifests, many=True).data
        return Response({"count": len(results), "count_exact": True, "next": None, "results": results})


class ChangeSerializer(RuleSerializer):
    """What shall hold. `subtree` also clears the rules of departments below."""

    subtree = serializers.BooleanField(default=False)

    class Meta(RuleSerializer.Meta):
        fields = [*RuleSerializer.Meta.fields, "subtree"]

    def change(self, slug: str) -> Change:
        values = self.validated_data
        state = values.get("state", Rule.State.INHERIT)
        times = values.get("starts_at"), values.get("ends_at")
        return Change(slug, values["department"], state, *times, subtree=values["subtree"])


class AgreedChangeSerializer(ChangeSerializer):
    """`expected` is the fingerprint of the numbers that were looked at; if they hold no longer, nothing is done."""

    expected = serializers.CharField(default="", allow_blank=True)

    class Meta(ChangeSerializer.Meta):
        fields = [*ChangeSerializer.Meta.fields, "expected"]


class ImpactSerializer(serializers.Serializer[Any]):
    items_hidden = serializers.IntegerField()
    items_shown = serializers.IntegerField()
    people_losing = serializers.IntegerField()
    people_gaining = serializers.IntegerField()
    departments_off = serializers.IntegerField()
    departments_on = serializers.IntegerField()
    jobs_parked = serializers.ListField(child=serializers.CharField())
    sources_parked = serializers.ListField(child=serializers.CharField())
    dependants_off = serializers.ListField(child=serializers.CharField())
    rules_cleared = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True)
    fingerprint = serializers.CharField()


class StorySerializer(serializers.Serializer[Any]):
    department = serializers.CharField(source="department.url_path")
    on = serializers.BooleanField()
    reason_kind = serializers.CharField()
    decided_at = serializers.CharField(source="decided_at.url_path", default=None)
    sentence = serializers.CharField()


class ExplanationSerializer(serializers.Serializer[Any]):
    plugin = serializers.CharField(source="slug")
    on = serializers.BooleanField()
    sentences = serializers.ListField(child=serializers.CharField())
    departments = StorySerializer(many=True)


class ForIT(APIView):
    """What is for IT about one plugin. Whoever is not IT anywhere finds nothing here."""

    def it(self, request: Request, slug: str) -> Person:
        person = request.user
        known = registry.get(slug) is not None or Rule.objects.filter(plugin=slug).exists()
        if not isinstance(person, Person) or not may_open(person) or not known:
            raise Http404
        return person

    def change(self, person: Person, slug: str, given: ChangeSerializer) -> Change:
        """The change that was sent; other IT's departments are not found."""
        given.is_valid(raise_exception=True)
        change = given.change(slug)
        if not is_it_of(person, change.department):
            raise Http404
        return change


class PluginRules(ForIT):
    """IT's rules about one plugin."""

    @extend_schema(responses=RuleSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """All of them for central IT; for local IT those of its departments, and what decides there from above."""
        found = rules_seen_by(self.it(request, slug), slug).select_related("department", "changed_by")
        results = RuleSerializer(found, many=True).data
        return Response({"count": len(results), "count_exact": True, "next": None, "results": results})

    @extend_schema(request=AgreedChangeSerializer, responses={200: RuleSerializer, 409: ImpactSerializer})
    def put(self, request: Request, slug: str) -> Response:
        """Sets the rule of a department; it takes effect everywhere within a second.

        Answers 409 with the new numbers if `expected` is sent and they have changed.
        """
        person = self.it(request, slug)
        given = AgreedChangeSerializer(data=request.data)
        change = self.change(person, slug, given)
        reason, expected = given.validated_data.get("reason", ""), given.validated_data["expected"]
        try:
            (rule,) = changes.apply([change], acting_person=person, reason=reason, expected=expected)
        except changes.NumbersChanged as error:
            body = {"type": "about:blank", "status": 409, "title": error.messages[0], "impact": _told(error.impact)}
            return Response(body, status=409, content_type="application/problem+json")
        return Response(RuleSerializer(rule).data)


def _told(impact: changes.Impact) -> dict[str, Any]:
    return impact.facts() | {"fingerprint": impact.fingerprint}


class PluginImpact(ForIT):
    """What a change will do, before it is done."""

    @extend_schema(request=ChangeSerializer, responses=ImpactSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Writes nothing. `fingerprint` goes into a change as `expected`."""
        person = self.it(request, slug)
        change = self.change(person, slug, ChangeSerializer(data=request.data))
        return Response(_told(changes.check([change], acting_person=person)))


class PluginExplain(ForIT):
    """Why a plugin is on or off for a person."""

    @extend_schema(parameters=[OpenApiParameter("person", str, required=True)], responses=ExplanationSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """`person` is a username. Local IT asks about people of its own departments."""
        reader = self.it(request, slug)
        person = get_object_or_404(Person, username=request.query_params.get("person", ""))
        found = explain(slug, person, reader=reader)
        if not found.departments:
            raise Http404
        return Response(ExplanationSerializer(found).data)
