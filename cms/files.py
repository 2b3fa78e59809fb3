"""Whose the pictures and documents of pages are, for the checked view of files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.permissions import policy_registry

from cms.documents.privacy import may_open
from portal.catalogue.files import Owned, register_file_owner
from portal.people.models import Person


def _owned(item: Any) -> Owned:
    def managed_by(person: Person) -> bool:
        return bool(policy_registry.get(item).user_has_permission_for_instance(person, "change", item))

    return Owned(item.file.name, uploader_id=item.uploaded_by_user_id, managed_by=managed_by)


def image_owner(path: str) -> Owned | None:
    image = get_image_model().objects.filter(file=path).first()
    return _owned(image) if image else None


def rendition_owner(path: str) -> Owned | None:
    """A rendition is as readable as the image it was made from."""
    renditions = get_image_model().get_rendition_model().objects.filter(file=path)
    rendition = renditions.select_related("image").first()
    return _owned(rendition.image) if rendition else None


def document_owner(path: str) -> Owned | None:
    """Besides the pages that show it, the privacy of its collection says who may read it."""
    document = get_document_model().objects.filter(file=path).first()
    return replace(_owned(document), open_to=lambda person: may_open(person, document)) if document else None


def register() -> None:
    register_file_owner("original_images/", image_owner)
    register_file_owner("images/", rendition_owner)
    register_file_owner("documents/", document_owner)
