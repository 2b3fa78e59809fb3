"""`/api/v1/tasks/`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from plugins.tasks.models import Task
from plugins.tasks.on_its_way import words_for
from plugins.tasks.queries import write_backs_of
from portal.api.pagination import CappedCursorPagination
from portal.api.parameters import chosen
from portal.api.serializers import DeliveredSerializer
from portal.catalogue.access import readable_or_404
from portal.ingestion.models import WriteBack
from portal.ingestion.rejections import clean
from portal.ingestion.write_back import ask, retry, withdraw
from portal.social.throttles import WriteThrottle


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


class WriteBackSerializer(serializers.ModelSerializer[WriteBack]):
    """What the person did with a task here. `words`: what became of it, in the reader's language."""

    words = serializers.SerializerMethodField()
    may_be_withdrawn = serializers.BooleanField(read_only=True)

    class Meta:
        model = WriteBack
        fields = [
            "id", "key", "operation", "data", "state", "words", "attempts", "retry_at", "created_at", "settled_at",
            "may_be_withdrawn",
        ]  # fmt: skip

    def get_words(self, write_back: WriteBack) -> str:
        return words_for(write_back, self.context["task"])


class TaskDetailSerializer(TaskSerializer):
    """One task: also how its system calls its state, as of when that was read, and what it takes from here."""

    operations = serializers.SerializerMethodField()
    write_backs = serializers.SerializerMethodField()

    class Meta(TaskSerializer.Meta):
        fields = [*TaskSerializer.Meta.fields, "status", "operations", "write_backs"]

    def get_operations(self, task: Task) -> list[str]:
        return [] if task.missing_since else sorted(task.source.operations)

    @extend_schema(responses=WriteBackSerializer(many=True))
    def get_write_backs(self, task: Task) -> Any:
        mine = write_backs_of(task, self.context["request"].user)
        return WriteBackSerializer(mine, many=True, context={"task": task}).data


class WriteBackInput(serializers.Serializer[Any]):
    """`key`: made by whoever asks, so that the same request twice is one; `data`: of a comment {"text": ...}."""

    operation = serializers.CharField(max_length=40)
    data = serializers.DictField(required=False)
    key = serializers.UUIDField(required=False)


@extend_schema(
    parameters=[OpenApiParameter("state", str, enum=Task.State.values), OpenApiParameter("system", str)],
)
class TaskList(generics.ListAPIView):
    """The person's own tasks of all systems, last changed first; `state` and `system` narrow them."""

    serializer_class = TaskSerializer
    pagination_class = CappedCursorPagination
    ordering = ("-updated_at", "-pk")

    def get_queryset(self) -> QuerySet[Task]:
        tasks = Task.objects.of(self.request.user).select_related("source__department")
        given = self.request.query_params
        if system := given.get("system"):
            tasks = tasks.with_system().filter(where_from=clean(system, 120))
        state = chosen(given, "state", Task.State.values)
        return tasks.filter(state=state) if state else tasks


def _own_or_404(request: Request, pk: int) -> Task:
    task = Task.objects.select_related("source__department").filter(pk=pk).first()
    if task is None:
        raise Http404
    readable_or_404(request.user, task)
    return task


class TaskDetail(APIView):
    """One task of the person's own, with what it takes from here."""

    @extend_schema(responses=TaskDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(TaskDetailSerializer(_own_or_404(request, pk), context={"request": request}).data)


class WriteBackList(APIView):
    """What the person does with a task here, for its system."""

    throttle_classes = [WriteThrottle]

    @extend_schema(request=WriteBackInput, responses={202: WriteBackSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Keeps it, and sends it soon: ask for the task to see what became of it."""
        task = _own_or_404(request, pk)
        given = WriteBackInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        kept = ask(
            task.source, task.external_id, values["operation"], values.get("data"),
            acting_person=request.user, key=values.get("key"),
        )  # fmt: skip
        return Response(WriteBackSerializer(kept, context={"task": task}).data, status=status.HTTP_202_ACCEPTED)


class WriteBackChange(APIView):
    """What both changes have in common."""

    throttle_classes = [WriteThrottle]
    change: Any = None

    @extend_schema(request=None, responses=WriteBackSerializer)
    def post(self, request: Request, pk: int, write_back: int) -> Response:
        task = _own_or_404(request, pk)
        mine = WriteBack.objects.about(task.source_id, task.external_id).filter(person=request.user)
        found = mine.filter(pk=write_back).first()
        if found is None:
            raise Http404
        changed = type(self).change(found, acting_person=request.user)
        return Response(WriteBackSerializer(changed, context={"task": task}).data)


class Withdrawal(WriteBackChange):
    """Takes back what still waits or has failed."""

    change = staticmethod(withdraw)


class Retry(WriteBackChange):
    """Tries again what has failed."""

    change = staticmethod(retry)


urlpatterns = [
    path("", TaskList.as_view(), name="tasks"),
    path("<int:pk>/", TaskDetail.as_view(), name="task"),
    path("<int:pk>/write-backs/", WriteBackList.as_view(), name="task_write_backs"),
    path("<int:pk>/write-backs/<int:write_back>/withdraw/", Withdrawal.as_view(), name="task_withdraw"),
    path("<int:pk>/write-backs/<int:write_back>/retry/", Retry.as_view(), name="task_retry"),
]
