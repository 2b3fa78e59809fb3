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


class BodyValueField(Field):
    """The parts of the body. Those of plugins ask for the page's home, so the whole page is given."""

    def get_attribute(self, instance: Any) -> Any:
        return instance

    def to_representation(self, value: Any) -> list[dict[str, Any]]:
        stream = value.body
        shown: list[dict[str, Any]] = stream.stream_block.get_api_representation(
            stream, {**self.context, "page": value}
        )
        return shown
