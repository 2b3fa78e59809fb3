"""The project's own ASGI application, with the bench's groups as a groups plugin would provide them."""

from bench import groups
from portal.asgi import application

groups.provide()

__all__ = ["application"]
