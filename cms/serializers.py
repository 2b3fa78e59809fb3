"""How fields of pages look in the API."""

from __future__ import annotations

from typing import Any

from rest_framework.fields import Field


class ImageField(Field):
    """The picture with the address of its file, which the checked view serves."""

    def to_representation(self, value: Any) -> dict[str, Any]:
        return {
            "id": value.pk,
            "title": value.title,
            "url": value.file.url,
            "width": value.width,
            "height": value.height,
        }


class NameField(Field):
    """A person, department or location by name, with its page if it has one."""

    def to_representation(self, value: Any) -> dict[str, str]:
        address = getattr(value, "get_absolute_url", None)
        return {"name": str(value), "url": address() if address else ""}
