"""`/api/v1/plugins/<slug>/settings/` and `.../permissions/`: what holds in a department, for who may configure it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.host import permissions
from portal.host import settings as plugin_settings
from portal.host.api import DepartmentField
from portal.host.changes import REASON_LENGTH
from portal.host.configuring import changes as setting_changes
from portal.host.configuring import holders
from portal.host.configuring.facts import facts_of_grant, facts_of_setting
from portal.host.configuring.meanwhile import ChangedMeanwhile
from portal.host.console.access import may_open
from portal.host.gate import is_on_for
from portal.host.registry import registry
from portal.people import tree
from portal.people.models import Department, Person

DEPARTMENT = OpenApiParameter("department", str, description="Its path; the organisation by default.")


class HeldSerializer(serializers.Serializer[Any]):
    """`source`: own (set in this department), inherited (from `set_at`) or default; `inherited` would hold instead."""

    name = serializers.CharField()
    title = serializers.CharField()
    value = serializers.JSONField()
    source = serializers.ChoiceField(["own", "inherited", "default"])  # type: ignore[assignment]  # a field's name
    set_at = serializers.CharField(allow_null=True)
    inherited = serializers.JSONField()
    inherited_from = serializers.CharField(allow_null=True)


class SettingSerializer(HeldSerializer):
    help = serializers.CharField()


class SettingsSerializer(serializers.Serializer[Any]):
    """`schema` is JSON Schema; `fingerprint` goes into a change as `expected`."""

    plugin = serializers.CharField()
    department = serializers.CharField()
    fingerprint = serializers.CharField()
    schema = serializers.JSONField()
    settings = SettingSerializer(many=True)


class PermissionsSerializer(serializers.Serializer[Any]):
    """Of each permission `value` lists the holders; `fingerprint` goes into a change as `expected`."""

    plugin = serializers.CharField()
    department = serializers.CharField()
    fingerprint = serializers.CharField()
    holders = serializers.ListField(child=serializers.CharField(), help_text="Whom a permission can be granted to.")
    permissions = HeldSerializer(many=True)


class ChangeSerializer(serializers.Serializer[Any]):
    """`expected` is the fingerprint of what was looked at: if that has changed since, nothing is done (409)."""

    department = DepartmentField()
    reason = serializers.CharField(default="", allow_blank=True, max_length=REASON_LENGTH)
    expected = serializers.CharField(default="", allow_blank=True)


class SettingsChangeSerializer(ChangeSerializer):
    """What is set, and what the department inherits again; everything else stays."""

    values = serializers.DictField(default=dict)
    unset = serializers.ListField(child=serializers.CharField(), default=list)


class GrantsChangeSerializer(ChangeSerializer):
    """Who shall hold what: permission to list of holders; an empty list is nobody, null inherits."""

    grants = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(), allow_null=True, allow_empty=True)
    )


class ForConfigurators(APIView):
    """For who may configure the plugin there. Others are told whom to ask; who may not know of it finds nothing."""

    def person(self, request: Request, slug: str) -> Person:
        person = request.user
        if not isinstance(person, Person) or registry.get(slug) is None:
            raise Http404
        if not (may_open(person) or is_on_for(slug, person) or permissions.configurable(slug, person)):
            raise Http404
        return person

    def department(self, request: Request, slug: str, given: Mapping[str, Any]) -> Department:
        """The department that was asked for, if the person may configure the plugin there."""
        person, path = self.person(request, slug), str(given.get("department", "")).strip("/")
        found = tree.current().at(path) if path else tree.current().organisation
        if found is None:
            raise Http404
        permissions.require_configure(slug, person, found)
        return found

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, ChangedMeanwhile):
            body = {"type": "about:blank", "status": 409, "title": exc.messages[0]}
            return Response(body, status=409, content_type="application/problem+json")
        return super().handle_exception(exc)


class PluginSettingsView(ForConfigurators):
    """A plugin's settings in a department."""

    @extend_schema(parameters=[DEPARTMENT], responses=SettingsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What holds, where it comes from, and the schema."""
        return Response(_settings(slug, self.department(request, slug, request.query_params)))

    @extend_schema(request=SettingsChangeSerializer, responses={200: SettingsSerializer})
    def patch(self, request: Request, slug: str) -> Response:
        """Changes what is named, all or nothing. 409 if `expected` holds no longer."""
        given = SettingsChangeSerializer(data=request.data)
        person = self.person(request, slug)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        setting_changes.change_settings(
            slug,
            values["department"],
            values["values"],
            unset=values["unset"],
            acting_person=person,
            reason=values["reason"],
            expected=values["expected"],
        )
        return Response(_settings(slug, values["department"]))


class PluginSettingView(ForConfigurators):
    """One setting of a plugin in a department."""

    @extend_schema(parameters=[DEPARTMENT], responses=SettingsSerializer)
    def delete(self, request: Request, slug: str, name: str) -> Response:
        """The department inherits it again. Answers what holds now."""
        person, department = self.person(request, slug), self.department(request, slug, request.query_params)
        setting_changes.change_settings(slug, department, unset=[name], acting_person=person)
        return Response(_settings(slug, department))


class PluginPermissionsView(ForConfigurators):
    """Who may do what with a plugin in a department."""

    @extend_schema(parameters=[DEPARTMENT], responses=PermissionsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Who holds each permission, and where that comes from."""
        return Response(_permissions(slug, self.department(request, slug, request.query_params)))

    @extend_schema(request=GrantsChangeSerializer, responses={200: PermissionsSerializer})
    def patch(self, request: Request, slug: str) -> Response:
        """Changes what is named, all or nothing. 409 if `expected` holds no longer."""
        given = GrantsChangeSerializer(data=request.data)
        person = self.person(request, slug)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        permissions.save_grants(
            slug,
            values["department"],
            values["grants"],
            acting_person=person,
            reason=values["reason"],
            expected=values["expected"],
        )
        return Response(_permissions(slug, values["department"]))


class PluginPermissionView(ForConfigurators):
    """One permission of a plugin in a department."""

    @extend_schema(parameters=[DEPARTMENT], responses=PermissionsSerializer)
    def delete(self, request: Request, slug: str, name: str) -> Response:
        """The department inherits it again. Answers who holds what now."""
        person, department = self.person(request, slug), self.department(request, slug, request.query_params)
        permissions.save_grants(slug, department, {name: None}, acting_person=person)
        return Response(_permissions(slug, department))


def _settings(slug: str, department: Department) -> dict[str, Any]:
    return {
        "plugin": slug,
        "department": department.url_path,
        "fingerprint": setting_changes.fingerprint(slug, department),
        "schema": plugin_settings.schema_of(slug),
        "settings": [facts_of_setting(held) for held in plugin_settings.held_in(slug, department)],
    }


def _permissions(slug: str, department: Department) -> dict[str, Any]:
    return {
        "plugin": slug,
        "department": department.url_path,
        "fingerprint": holders.fingerprint(slug, department),
        "holders": list(holders.HOLDERS),
        "permissions": [facts_of_grant(granted) for granted in holders.granted_in(slug, department)],
    }
