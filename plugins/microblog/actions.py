"""Writing, changing and deleting posts."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from plugins.microblog.cards import post_card
from plugins.microblog.models import Post
from portal.audience.access import access_of
from portal.audit import record
from portal.catalogue.actions import put, remove
from portal.host import gate, permissions
from portal.host.settings import settings_for
from portal.people.models import Department, Person
from portal.social.language import language_of
from portal.social.rights import manageable_or_404, own_or_404
from portal.social.text import clean_text

SLUG = "microblog"


def _checked_type(value: str) -> str:
    if value not in Post.Type.values:
        raise ValidationError({"type": _("Choose one of: %(types)s.") % {"types": ", ".join(Post.Type.values)}})
    return value


def _checked_language(value: str) -> str:
    known = [code for code, _name in settings.LANGUAGES]
    if value not in known:
        raise ValidationError({"language": _("Choose one of: %(languages)s.") % {"languages": ", ".join(known)}})
    return value


def _checked_text(text: str, department: Department | int) -> str:
    try:
        return clean_text(text, longest=settings_for(SLUG, department).longest)
    except ValidationError as error:
        raise ValidationError({"text": error.error_list}) from error


def check_may_post(person: Person, department: Department) -> None:
    """Raises ValidationError for strangers, PluginOff where the microblog is off, else PermissionDenied."""
    if department.pk not in access_of(person).departments:
        raise ValidationError({"department": _("You can post only in departments you belong to.")})
    gate.require(SLUG, person)
    gate.require_in(SLUG, department)
    permissions.require(SLUG, "post", person, department)


@transaction.atomic
def publish_post(
    text: str,
    *,
    acting_person: Person,
    department: Department,
    type: str = Post.Type.POST,
    language: str = "",
    for_everyone: bool | None = None,
    created_at: datetime | None = None,
) -> Post:
    """Posts in a department the acting person, who becomes the author, belongs to.

    1 character up to what the settings allow; the language is told by the text unless given; `for_everyone` is what the
    department's settings say unless given; `created_at` is for what was written elsewhere before.
    Raises ValidationError, PluginOff or PermissionDenied.
    """
    check_may_post(acting_person, department)
    text = _checked_text(text, department)
    post = Post.objects.create(
        author=acting_person,
        department=department,
        type=_checked_type(type),
        text=text,
        language=_checked_language(language) if language else language_of(text, otherwise=acting_person.language),
        for_everyone=settings_for(SLUG, department).for_everyone if for_everyone is None else for_everyone,
        created_at=created_at or timezone.now(),
    )
    record("content.create", post, acting_person=acting_person)
    put(post_card(post), verb="create", actor=acting_person)
    return post


@transaction.atomic
def edit_post(
    post: Post,
    *,
    acting_person: Person,
    text: str | None = None,
    type: str | None = None,
    language: str | None = None,
    for_everyone: bool | None = None,
) -> Post:
    """Changes what is given, for its author only; a language of "" is told by the text.

    Raises Http404, PermissionDenied, PluginOff or ValidationError.
    """
    own_or_404(acting_person, post)
    gate.require(SLUG, acting_person)
    if text is not None:
        post.text = _checked_text(text, post.department_id)
    if type is not None:
        post.type = _checked_type(type)
    if language is not None:
        post.language = _checked_language(language) if language else language_of(post.text, otherwise=post.language)
    if for_everyone is not None:
        post.for_everyone = for_everyone
    post.edited_at = timezone.now()
    post.save(update_fields=["text", "type", "language", "for_everyone", "edited_at"])
    record("content.edit", post, acting_person=acting_person)
    put(post_card(post))
    return post


@transaction.atomic
def delete_post(post: Post, *, acting_person: Person) -> None:
    """Deletes the post, and with it what is attached to it from every list.

    The author, the moderators of its department and central IT may.
    Raises Http404, PermissionDenied or PluginOff.
    """
    manageable_or_404(acting_person, post)
    gate.require(SLUG, acting_person)
    if post.author_id != acting_person.pk:
        permissions.require(SLUG, "moderate", acting_person, post.department_id)
    record("content.delete", post, acting_person=acting_person, data={"author": post.author_id})
    remove(post)
    post.delete()
