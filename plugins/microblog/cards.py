"""Posts as entries of the catalogue."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from plugins.microblog.models import Post
from portal.audience import tokens
from portal.audience.expressions import EVERYONE, Expression, any_of
from portal.catalogue.card import Card
from portal.host import EntryType
from portal.social.markup import hashtags
from portal.social.text import headline, shorten

SUMMARY = 600

types = [
    EntryType("post", _("Post"), "chat", "user", _("Posts")),
    EntryType("question", _("Question"), "question", "user", _("Questions")),
    EntryType("idea", _("Idea"), "idea", "user", _("Ideas")),
]


def audience_of(post: Post) -> Expression:
    """The people of the department and of what is below it, unless the author chose everyone."""
    return EVERYONE if post.for_everyone else any_of(tokens.department(post.department))


def post_card(post: Post) -> Card:
    return Card(
        kind="user",
        type=post.type,
        obj=post,
        title=headline(post.text),
        summary=shorten(post.text, SUMMARY),
        body=post.text,
        url=reverse("microblog:post", args=[post.pk]),
        author=post.author,
        department=post.department,
        plugin="microblog",
        audience=audience_of(post),
        topics=hashtags(post.text),
        language=post.language,
        published_at=post.created_at,
        updated_at=post.edited_at or post.created_at,
    )


def _all_posts() -> QuerySet[Post]:
    return Post.objects.select_related("author", "department")


cards = {Post: post_card}
rebuild = {Post: _all_posts}
