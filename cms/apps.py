from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"
    label = "cms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cms import actions, addresses, answers, atomic, cards, files, schedule
        from cms import receivers as receivers  # connects on import
        from portal.host.registry import registry
        from portal.jobs.sweep import register_sweep

        atomic.commit_together()
        registry.register_type(*cards.TYPES)
        registry.register_quick_answers(answers.OPENING_HOURS)
        files.register()
        addresses.register_checks()
        register_sweep("cms.scheduled", schedule.publish_scheduled, every_seconds=20)
        register_sweep("cms.reconcile", actions.reconcile, every_seconds=60)
