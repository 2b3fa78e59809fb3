"""Errors of the API as problem+json (RFC 9457): one shape, whatever went wrong."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from portal.middleware import refusal


def handler(error: Exception, context: dict[str, Any]) -> Response | HttpResponse | None:
    request = context["request"]._request
    if answer := refusal(request, error):
        return answer
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    response = exception_handler(error, context)
    if response is not None:
        response.data = _problem(error, response)
        response.content_type = "application/problem+json"
    return response


def _problem(error: Exception, response: Response) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "about:blank", "status": response.status_code}
    if isinstance(error, exceptions.ValidationError):
        return body | {"title": "Some fields need another value.", "errors": response.data}
    if isinstance(error, Http404 | PermissionDenied):
        # The text of an exception may name what it refuses.
        return body | {"title": "Not found." if response.status_code == 404 else "Not allowed."}
    detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
    return body | {"title": str(detail)}
