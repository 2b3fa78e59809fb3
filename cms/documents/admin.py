"""What an editor sees of the texts of documents: which are found by their text, which are not and why.

Everybody sees those of the documents that they may change, and may have them read again.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import permission_denied
from wagtail.admin.menu import MenuItem
from wagtail.documents import get_document_model
from wagtail.permissions import policy_registry

from cms.documents.actions import extract_again
from cms.documents.models import DocumentText

PAGE = 50


def _texts_for(person: Any) -> QuerySet[DocumentText]:
    policy = policy_registry.get_by_type(get_document_model())
    documents = policy.instances_user_has_any_permission_for(person, ["change"])
    return DocumentText.objects.filter(document__in=documents.order_by().values("pk"))


def may_see(person: Any) -> bool:
    policy = policy_registry.get_by_type(get_document_model())
    return bool(policy.user_has_any_permission(person, ["change"]))


@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    """A list of the newest first, or with `?state=` those of one state."""
    if not may_see(request.user):
        return permission_denied(request)
    mine = _texts_for(request.user)
    numbers = dict(mine.order_by().values_list("state").annotate(Count("pk")))
    state = request.GET.get("state", "")
    chosen = mine.filter(state=state) if state in DocumentText.State.values else mine
    rows = chosen.select_related("document").defer("text").order_by("-changed_at", "-pk")
    states = [
        {"value": one.value, "label": one.label, "number": numbers.get(one.value, 0), "current": one.value == state}
        for one in DocumentText.State
    ]
    page = Paginator(rows, PAGE).get_page(request.GET.get("p"))
    return render(request, "cms/admin/documents.html", {"texts": page, "states": states, "state": state})


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Has one read again."""
    text = get_object_or_404(_texts_for(request.user).select_related("document").defer("text"), pk=pk)
    extract_again(text, acting_person=request.user)
    messages.success(request, _now("“%(title)s” is read again in a moment.") % {"title": text.document.title})
    return redirect("document_texts")


urlpatterns: list[URLPattern] = [
    path("document-texts/", texts, name="document_texts"),
    path("document-texts/<int:pk>/again/", again, name="document_text_again"),
]


class TextsMenuItem(MenuItem):
    def __init__(self) -> None:
        super().__init__(_("Texts of documents"), reverse("document_texts"), icon_name="doc-full", order=1200)

    def is_shown(self, request: HttpRequest) -> bool:
        return may_see(request.user)
