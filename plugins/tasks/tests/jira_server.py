"""A small Jira on a real local HTTP server: what its REST API documents of searching, transitions and comments.

Cloud (version 3: /search/jql with nextPageToken, text as documents) and Data Center (version 2: /search with startAt
and total, text as text) from the same issues.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.portal.ingestion.server import Handler, LocalServer, answer

STATUSES = {
    "To Do": {"name": "To Do", "statusCategory": {"key": "new"}},
    "In Progress": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}},
    "Done": {"name": "Done", "statusCategory": {"key": "done"}},
    "Won't do": {"name": "Won't do", "statusCategory": {"key": "done"}},
}
WORKFLOW = [{"id": "11", "name": "Start", "to": "In Progress"}, {"id": "31", "name": "Done", "to": "Done"}]
MAIL, TOKEN = "reader@merekaar.example", "api-token-1"


class Jira:
    """Stands in for the answers of a LocalServer. `faults`: handlers that answer the next requests, one each.

    `between`: called after each page of a search, so that the list changes while it is read.
    """

    def __init__(self, local: LocalServer) -> None:
        self.local = local
        local.answers = self  # type: ignore[assignment]
        self.issues: dict[str, dict[str, Any]] = {}
        self.comments: list[dict[str, Any]] = []
        self.workflow = list(WORKFLOW)
        self.required: set[str] = set()  # fields that a transition asks for
        self.faults: list[Handler] = []
        self.between: Callable[[], object] = lambda: None
        self.secret = f"Basic {base64.b64encode(f'{MAIL}:{TOKEN}'.encode()).decode()}"

    def add(self, number: int, **fields: Any) -> dict[str, Any]:
        """An issue of Bob's, WARD-<number> with the id 10000 + number."""
        known = {
            "summary": f"Task {number}",
            "assignee": {"accountId": f"acc-{number}", "emailAddress": "bob@merekaar.example", "name": "bob"},
            "status": STATUSES["To Do"],
            "duedate": None,
            "priority": {"name": "Medium"},
            "updated": "2026-11-24T06:55:00.000+0200",
        }
        issue = {"id": str(10000 + number), "key": f"WARD-{number}", "fields": known | fields}
        self.issues[issue["id"]] = issue
        return issue

    def get(self, path: str, fallback: Handler | None = None) -> Handler:
        """The handler of a request; called by the LocalServer first for the path without its query."""
        return self._handle if fallback is None or "?" not in path else fallback

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        if self.faults:
            self.faults.pop(0)(request)
            return
        if request.headers.get("Authorization") != self.secret:
            self._refuse(request, 401, "You are not authenticated.")
            return
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for pattern, method, handler in self._routes():
            found = re.fullmatch(pattern, parts.path)
            if found and request.command == method:
                handler(request, query, *found.groups())
                return
        self._refuse(request, 404, "Issue does not exist or you do not have permission to see it.")

    def _routes(self) -> list[tuple[str, str, Callable[..., None]]]:
        return [
            ("/rest/api/3/search/jql", "GET", self._search),
            ("/rest/api/2/search", "GET", self._search_by_offset),
            (r"/rest/api/[23]/issue/(\d+)", "GET", self._issue),
            (r"/rest/api/[23]/issue/(\d+)/transitions", "GET", self._transitions),
            (r"/rest/api/[23]/issue/(\d+)/transitions", "POST", self._transition),
            (r"/rest/api/[23]/issue/(\d+)/comment", "GET", self._comments),
            (r"/rest/api/[23]/issue/(\d+)/comment", "POST", self._comment),
            (r"/rest/api/[23]/comment/(\d+)/properties/(\w+)", "GET", self._property),
        ]

    def _answer(self, request: BaseHTTPRequestHandler, document: Any, status: int = 200) -> None:
        answer(status, json.dumps(document).encode(), content_type="application/json;charset=UTF-8")(request)

    def _refuse(self, request: BaseHTTPRequestHandler, status: int, text: str = "", **errors: str) -> None:
        self._answer(request, {"errorMessages": [text] if text else [], "errors": errors}, status)

    def _found(self, query: dict[str, str]) -> list[dict[str, Any]] | None:
        """All issues in the order of their keys, with the fields that were asked for; None for JQL it cannot read."""
        assert query["jql"].endswith("ORDER BY key ASC")
        if "nosuch" in query["jql"]:
            return None
        fields = query["fields"].split(",")
        return [
            issue | {"fields": {name: issue["fields"][name] for name in fields if name in issue["fields"]}}
            for issue in sorted(self.issues.values(), key=lambda one: int(one["id"]))
        ]

    def _search(self, request: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        found, after = self._found(query), query.get("nextPageToken", "after-0")
        if found is None:
            self._refuse(request, 400, "Field 'nosuch' does not exist or you do not have permission to view it.")
            return
        if not after.startswith("after-"):
            self._refuse(request, 400, "The provided next page token is invalid or has expired.")
            return
        rest = [issue for issue in found if int(issue["id"]) > int(after.removeprefix("after-"))]
        size = int(query["maxResults"])
        page: dict[str, Any] = {"issues": rest[:size], "isLast": len(rest) <= size}
        if len(rest) > size:
            page["nextPageToken"] = f"after-{rest[size - 1]['id']}"
        self._answer(request, page)
        self.between()

    def _search_by_offset(self, request: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        found = self._found(query)
        if found is None:
            self._refuse(request, 400, "Field 'nosuch' does not exist or this field cannot be viewed.")
            return
        start, size = int(query.get("startAt", 0)), int(query["maxResults"])
        page = {"expand": "names,schema", "startAt": start, "maxResults": size, "total": len(found)}
        self._answer(request, page | {"issues": found[start : start + size]})
        self.between()

    def _issue(self, request: BaseHTTPRequestHandler, _query: dict[str, str], issue_id: str) -> None:
        if issue_id in self.issues:
            self._answer(request, self.issues[issue_id])
        else:
            self._refuse(request, 404, "Issue does not exist or you do not have permission to see it.")

    def _transitions(self, request: BaseHTTPRequestHandler, _query: dict[str, str], _issue_id: str) -> None:
        offered = [one | {"to": STATUSES[one["to"]]} for one in self.workflow]
        self._answer(request, {"expand": "transitions", "transitions": offered})

    def _transition(self, request: BaseHTTPRequestHandler, _query: dict[str, str], issue_id: str) -> None:
        if self.required:
            self._refuse(request, 400, **{name: f"{name.title()} is required." for name in self.required})
            return
        wanted = json.loads(self.local.bodies[-1])["transition"]["id"]
        found = next(one for one in self.workflow if one["id"] == wanted)
        self.issues[issue_id]["fields"]["status"] = STATUSES[found["to"]]
        answer(204)(request)

    def _comments(self, request: BaseHTTPRequestHandler, query: dict[str, str], issue_id: str) -> None:
        assert query["orderBy"] == "-created"
        mine = [one for one in reversed(self.comments) if one["issue"] == issue_id][: int(query["maxResults"])]
        shown = [{name: one[name] for name in ("id", "body", "created")} for one in mine]
        self._answer(request, {"startAt": 0, "total": len(mine), "comments": shown})

    def _comment(self, request: BaseHTTPRequestHandler, _query: dict[str, str], issue_id: str) -> None:
        self.keep_comment(issue_id, json.loads(self.local.bodies[-1]))
        self._answer(request, {"id": self.comments[-1]["id"]}, 201)

    def keep_comment(self, issue_id: str, sent: dict[str, Any]) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
        self.comments.append({"id": str(500 + len(self.comments)), "issue": issue_id, "created": now, **sent})

    def _property(self, request: BaseHTTPRequestHandler, _query: dict[str, str], comment_id: str, name: str) -> None:
        comment = next(one for one in self.comments if one["id"] == comment_id)
        found = [one for one in comment.get("properties", []) if one["key"] == name]
        if found:
            self._answer(request, found[0])
        else:
            self._refuse(request, 404, "The property with the given key was not found.")


def webhook(event: str, issue: dict[str, Any], secret: str, *, at: float | None = None) -> tuple[bytes, dict[str, str]]:
    """Body and headers of what Jira sends; `at`: Unix seconds, now by default."""
    stamp = int((time.time() if at is None else at) * 1000)
    body = json.dumps({"timestamp": stamp, "webhookEvent": f"jira:issue_{event}", "issue": issue}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"X-Hub-Signature": f"sha256={signature}", "X-Atlassian-Webhook-Identifier": f"id-{stamp}"}
