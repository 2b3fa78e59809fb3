"""`/api/v1/tasks/`."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers

from plugins.tasks.models import Task
from portal.api.pagination import CappedCursorPagination
from portal.api.serializers import DeliveredSerializer


class TaskSerializer(DeliveredSerializer):
    """`due_at` only where a time of the day is given; `link` leads to the system that closes the task."""

    kind = serializers.SerializerMethodField()
    type = serializers.SerializerMethodField()
    plugin = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    department = serializers.CharField(source="source.department.url_path", read_only=True)
    link = serializers.CharField(source="url", read_only=True)
    system = serializers.CharField(source="where", read_only=True)

    class Meta:
        model = Task
        fields = [
            "id", "kind", "type", "title", "url", "plugin", "department", "due_on", "due_at", "state", "link", "system",
            "priority", "updated_at", *DeliveredSerializer.FRESHNESS,
        ]  # fmt: skip

    def get_kind(self, task: Task) -> str:
        return "automated"

    def get_type(self, task: Task) -> str:
        return "task"

    def get_plugin(self, task: Task) -> str:
        return "tasks"


@extend_schema(parameters=[OpenApiParameter("state", str, enum=["open", "done"])])
class TaskList(generics.ListAPIView):
    """The person's own tasks of all systems, last changed first; `state` narrows to open or done."""

    serializer_class = TaskSerializer
    pagination_class = CappedCursorPagination
    ordering = ("-updated_at", "-pk")

    def get_queryset(self) -> QuerySet[Task]:
        tasks = Task.objects.of(self.request.user).select_related("source__department")
        state = self.request.query_params.get("state")
        return tasks.filter(state=state) if state else tasks


urlpatterns = [path("", TaskList.as_view(), name="tasks")]
