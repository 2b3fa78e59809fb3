"""Writing, changing and deleting comments."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.comments.cards import comment_card
from plugins.comments.models import Comment
from portal.audit import record
from portal.catalogue.access import readable_entry_or_404
from portal.catalogue.actions import put, remove
from portal.catalogue.card import label_of
from portal.catalogue.models import Entry
from portal.host import gate, permissions
from portal.host.settings import settings_for
from portal.people.models import Person
from portal.social.language import language_of
from portal.social.rights import manageable_or_404, own_or_404
from portal.social.text import clean_text

SLUG = "comments"
LABEL = label_of(Comment)


def longest_on(subject: Entry) -> int:
    """How long a comment may be, in characters: as the subject's department has it."""
    longest: int = settings_for(SLUG, subject.department_id).longest
    return longest


def _checked_text(text: str, subject: Entry) -> str:
    try:
        return clean_text(text, longest=longest_on(subject))
    except ValidationError as error:
        raise ValidationError({"text": error.error_list}) from error


def _checked_parent(parent: Comment | None, subject: Entry) -> Comment | None:
    """The comment that is answered; an answer to an answer joins the same thread."""
    if parent is None:
        return None
    if parent.subject_id != subject.pk or parent.deleted:
        raise ValidationError({"parent": _("This comment cannot be answered; it is no longer here.")})
    return parent.parent or parent


@transaction.atomic
def add_comment(
    subject: Entry,
    text: str,
    *,
    acting_person: Person,
    parent: Comment | None = None,
    language: str = "",
    created_at: datetime | None = None,
) -> Comment:
    """Comments on what the acting person, who becomes the author, may read.

    1 character up to what the settings allow; `created_at` is for what was said elsewhere before. A comment is no
    activity: it stands below its subject and in search, not on the timeline.
    Raises Http404, PluginOff, PermissionDenied or ValidationError.
    """
    subject = readable_entry_or_404(acting_person, subject.pk)
    gate.require(SLUG, acting_person)
    gate.require_in(SLUG, subject.department)
    permissions.require(SLUG, "comment", acting_person, subject.department)
    if subject.label == LABEL:
        raise ValidationError({"entry": _("Answer a comment on the page it belongs to.")})
    if language and language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": _("This language is not one of the organisation's.")})
    text = _checked_text(text, subject)
    comment = Comment.objects.create(
        subject_label=subject.label,
        subject_key=subject.key,
        subject=subject,
        parent=_checked_parent(parent, subject),
        author=acting_person,
        text=text,
        language=language or language_of(text, otherwise=acting_person.language),
        created_at=created_at or timezone.now(),
    )
    record("content.create", comment, acting_person=acting_person)
    put(comment_card(comment))
    return comment


@transaction.atomic
def edit_comment(comment: Comment, *, acting_person: Person, text: str) -> Comment:
    """Changes the text, for its author only.

    Raises Http404, PermissionDenied, PluginOff or ValidationError.
    """
    own_or_404(acting_person, comment)
    gate.require(SLUG, acting_person)
    comment.text = _checked_text(text, comment.subject)
    comment.language = language_of(comment.text, otherwise=comment.language)
    comment.edited_at = timezone.now()
    comment.save(update_fields=["text", "language", "edited_at"])
    record("content.edit", comment, acting_person=acting_person)
    put(comment_card(comment))
    return comment


@transaction.atomic
def delete_comment(comment: Comment, *, acting_person: Person) -> None:
    """Deletes the comment's words everywhere; its author, moderators of the home department and IT may.

    While somebody has answered it, a placeholder without words and name holds the answers.
    """
    entry = manageable_or_404(acting_person, comment)
    gate.require(SLUG, acting_person)
    if comment.author_id != acting_person.pk:
        permissions.require(SLUG, "moderate", acting_person, entry.department)
    record("content.delete", comment, acting_person=acting_person, data={"author": comment.author_id})
    remove(comment)
    if comment.answers.exists():
        _empty(comment)
        return
    parent = comment.parent
    comment.delete()
    if parent is not None and parent.deleted and not parent.answers.exists():
        parent.delete()


def _empty(comment: Comment) -> None:
    comment.text, comment.author, comment.deleted = "", None, True
    comment.save(update_fields=["text", "author", "deleted"])
