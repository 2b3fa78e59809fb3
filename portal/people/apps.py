from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "portal.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.host.registry import registry
        from portal.people import answers
        from portal.people import receivers as receivers  # connects on import

        registry.register_quick_answers(answers.PHONES)
