"""Pages of the microblog. Every one works without JavaScript."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from plugins.microblog import actions
from plugins.microblog.forms import NewPostForm, PostForm
from plugins.microblog.models import Post
from plugins.microblog.queries import posts_for
from plugins.microblog.slots import composer
from portal.audience.describe import describe
from portal.audience.interning import expression_of
from portal.catalogue.access import may_manage, readable_or_404
from portal.host import surfaces
from portal.host.settings import settings_for
from portal.social.addresses import way_back
from portal.social.markup import html_of
from portal.social.rights import manageable_or_404, own_or_404

PAGE = 20
DEEPEST = 1000


def _post(pk: int) -> Post:
    """The row, whoever asks: rights are judged by the entry."""
    post = Post.objects.select_related("author", "department").filter(pk=pk).first()
    if post is None:
        raise Http404
    return post


def _url(post: Post) -> str:
    return reverse("microblog:post", args=[post.pk])


@require_safe
def post_list(request: HttpRequest) -> HttpResponse:
    """All posts the person may read, newest first."""
    page = Paginator(posts_for(request.user)[:DEEPEST], PAGE).get_page(request.GET.get("page"))
    entries = list(page.object_list)
    context = {
        "composer": composer(request, None),
        "entries": entries,
        "actions": surfaces.slot_for_entries("entry.actions", request, entries),
        "earlier_url": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "microblog/post_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form for a new post, and where every composer sends to."""
    form = NewPostForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            post = actions.publish_post(acting_person=request.user, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Posted."))
            return redirect(way_back(request, _url(post)))
    return render(request, "microblog/post_form.html", {"form": form, "next": way_back(request, "")})


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    post = _post(pk)
    entry = readable_or_404(request.user, post)
    own = surfaces.slot_for_entries("entry.actions", request, [entry])
    context = {
        "post": post,
        "entry": entry,
        "html": html_of(post.text),
        "audience": describe(expression_of(entry.audience_id)),
        "may_edit": post.author_id == request.user.pk,
        "may_delete": may_manage(request.user, entry),
        "actions_html": own.get(entry.pk, ""),
        "below_html": surfaces.slot("entry.below", request, entry),
    }
    return render(request, "microblog/post.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    post = _post(pk)
    own_or_404(request.user, post)
    initial = {name: getattr(post, name) for name in ("text", "type", "language", "for_everyone")}
    form = PostForm(settings_for(actions.SLUG, post.department).longest, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_post(post, acting_person=request.user, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(_url(post))
    return render(request, "microblog/post_form.html", {"form": form, "post": post})


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first; a POST deletes."""
    post = _post(pk)
    entry = manageable_or_404(request.user, post)
    if request.method == "POST":
        actions.delete_post(post, acting_person=request.user)
        messages.success(request, _("The post is deleted."))
        return redirect("microblog:posts")
    return render(request, "microblog/post_delete.html", {"post": post, "entry": entry, "html": html_of(post.text)})
