from django.utils.translation import gettext_lazy as _

from portal.host import Manifest, Plugin


class TasksConfig(Plugin):
    name = "plugins.tasks"
    label = "tasks"
    manifest = Manifest(
        slug="tasks",
        title=_("Tasks"),
        summary=_("Open tasks from other systems in one list."),
        version="0.1.0",
        icon="task",
        category="automated",
    )
