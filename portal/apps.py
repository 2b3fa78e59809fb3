from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The front door: frame, middleware, API. Holds no models."""

    name = "portal"
    label = "portal"
