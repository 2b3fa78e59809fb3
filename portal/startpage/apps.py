from django.apps import AppConfig


class StartpageConfig(AppConfig):
    name = "portal.startpage"
    label = "startpage"
