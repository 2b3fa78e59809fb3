"""`/api/v1/lunch/menus/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from portal.api.pagination import CappedCursorPagination
from portal.people.models import Department
from portal.social.throttles import WriteThrottle
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from folkmoot_lunch import actions
from folkmoot_lunch.models import Menu


class MenuSerializer(serializers.ModelSerializer[Menu]):
    """`department` is the path of the department that has it for lunch."""

    department = serializers.CharField(source="department.url_path", read_only=True)
    dishes = serializers.ListField(child=serializers.CharField(), source="lines", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Menu
        fields = ["id", "day", "dishes", "department", "url"]


class MenuInput(serializers.Serializer[Any]):
    dishes = serializers.CharField(help_text="One a line.")
    department = serializers.CharField(help_text="Its path.")
    day = serializers.DateField(required=False, help_text="Today by default.")


class ListInput(serializers.Serializer[Any]):
    day = serializers.DateField(required=False)


class MenuList(generics.ListAPIView):
    """The menus the person may read, the latest day first; `day` narrows to one."""

    serializer_class = MenuSerializer
    pagination_class = CappedCursorPagination
    throttle_classes = [WriteThrottle]
    ordering = ("-day", "-pk")

    def get_queryset(self) -> QuerySet[Menu]:
        wanted = ListInput(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return Menu.objects.visible_to(self.request.user).filter(**wanted.validated_data)

    @extend_schema(parameters=[OpenApiParameter("day", str)])
    def get(self, request: Request) -> Response:
        return super().get(request)

    @extend_schema(request=MenuInput, responses={201: MenuSerializer})
    def post(self, request: Request) -> Response:
        """Writes the menu of a day for a department the person belongs to."""
        given = MenuInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        mine = Department.objects.filter(memberships__person=request.user)
        department = get_object_or_404(mine, url_path=values.pop("department").strip("/"))
        menu = actions.publish_menu(acting_person=request.user, department=department, **values)
        return Response(MenuSerializer(menu).data, status=status.HTTP_201_CREATED)


urlpatterns = [path("menus/", MenuList.as_view(), name="menus")]
