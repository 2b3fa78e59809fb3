"""Pages of comments. The thread's own page serves what has no page with a place for comments."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from plugins.comments import actions
from plugins.comments.cards import anchor
from plugins.comments.forms import CommentForm, NewCommentForm
from plugins.comments.models import Comment
from plugins.comments.slots import below
from portal.catalogue.access import readable_entry_or_404
from portal.host import gate
from portal.social.markup import html_of
from portal.social.rights import manageable_or_404, own_or_404


def _comment(pk: int) -> Comment:
    """The row, whoever asks: rights are judged by the entry."""
    comment = Comment.objects.select_related("subject__gate", "author", "parent").filter(pk=pk, deleted=False).first()
    if comment is None:
        raise Http404
    return comment


def _place(comment: Comment) -> str:
    return f"{comment.subject.url}#{anchor(comment)}"


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, entry: int) -> HttpResponse:
    """The comments on an entry; a POST adds one and goes to it."""
    subject = readable_entry_or_404(request.user, entry)
    gate.require_in(actions.SLUG, subject.department)
    form = NewCommentForm(subject, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            comment = actions.add_comment(
                subject, form.cleaned_data["text"], acting_person=request.user, parent=form.answered()
            )
        except ValidationError as error:
            form = _with_errors(form, error)
        else:
            return redirect(_place(comment))
    if request.method == "POST":
        return render(request, "comments/comment_form.html", {"form": form, "subject": subject})
    return render(request, "comments/thread.html", {"subject": subject, "html": below(request, subject)})


def _with_errors(form: CommentForm, error: ValidationError) -> CommentForm:
    """Errors of fields the form does not show are told above it."""
    for name, found in error.error_dict.items():
        form.add_error("text" if name == "text" else None, found)
    return form


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    comment = _comment(pk)
    own_or_404(request.user, comment)
    form = CommentForm(comment.subject, request.POST or None, initial={"text": comment.text})
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_comment(comment, acting_person=request.user, text=form.cleaned_data["text"])
        except ValidationError as error:
            form = _with_errors(form, error)
        else:
            return redirect(_place(comment))
    context = {"form": form, "subject": comment.subject, "comment": comment}
    return render(request, "comments/comment_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first; a POST deletes."""
    comment = _comment(pk)
    manageable_or_404(request.user, comment)
    if request.method == "POST":
        actions.delete_comment(comment, acting_person=request.user)
        messages.success(request, _("The comment is deleted."))
        return redirect(f"{comment.subject.url}#comments")
    context = {"comment": comment, "subject": comment.subject, "html": html_of(comment.text)}
    return render(request, "comments/comment_delete.html", context)
