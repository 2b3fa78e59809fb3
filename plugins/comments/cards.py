"""Comments as entries of the catalogue: audience, home and gate follow what they are about."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from plugins.comments.models import Comment
from portal.catalogue.card import Card
from portal.host import EntryType
from portal.social.markup import hashtags
from portal.social.text import headline, shorten

SUMMARY = 600

types = [EntryType("comment", _("Comment"), "chat", "user", _("Comments"))]


def anchor(comment: Comment) -> str:
    return f"comment-{comment.pk}"


def comment_card(comment: Comment) -> Card:
    return Card(
        kind="user",
        type="comment",
        obj=comment,
        title=headline(comment.text),
        summary=shorten(comment.text, SUMMARY),
        body=comment.text,
        url=f"{comment.subject.url}#{anchor(comment)}",
        author=comment.author,
        plugin="comments",
        subject=comment.subject,
        topics=hashtags(comment.text),
        language=comment.language,
        published_at=comment.created_at,
        updated_at=comment.edited_at or comment.created_at,
    )


def _shown_comments() -> QuerySet[Comment]:
    """Those with a text, with the subject and its gate, which `comment_card` reads."""
    return Comment.objects.filter(deleted=False).select_related("author", "subject__gate")


cards = {Comment: comment_card}
rebuild = {Comment: _shown_comments}
