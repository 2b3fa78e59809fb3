from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "portal.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.host.privacy import register_erasure, register_export
        from portal.host.registry import registry
        from portal.jobs.sweep import register_sweep
        from portal.people import answers, cards, entries, following
        from portal.people import receivers as receivers  # connects on import

        register_sweep("people.entries", entries.make_missing, every_seconds=10)
        register_sweep("people.lost_entries", entries.find_lost, every_seconds=3600)
        registry.register_type(cards.TYPE)
        registry.register_quick_answers(answers.PHONES)
        register_export("people.follows", following.export)
        register_erasure("people.follows", following.erase)
