"""Tasks from tables and JSON, as most systems' exports and HTTP interfaces give them, and from Jira."""

from __future__ import annotations

from plugins.tasks.jira import JiraIssues
from plugins.tasks.task_lists import TaskLists
from portal.ingestion.formats.mapping import in_every_format

adapters = [*in_every_format(TaskLists), JiraIssues]
