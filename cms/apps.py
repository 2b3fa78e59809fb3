from django.apps import AppConfig


class CmsConfig(AppConfig):
    name = "cms"
    label = "cms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cms import actions, addresses, answers, atomic, cards, files, schedule
        from cms import receivers as receivers  # connects on import
        from cms.documents import actions as documents
        from cms.documents import extracting
        from cms.documents import receivers as document_receivers
        from cms.documents.cards import TYPE
        from portal.host.registry import registry
        from portal.jobs.sweep import register_sweep

        atomic.commit_together()
        document_receivers.follow_moved_collections()
        registry.register_type(*cards.TYPES, TYPE)
        registry.register_quick_answers(answers.OPENING_HOURS)
        files.register()
        addresses.register_checks()
        register_sweep("cms.scheduled", schedule.publish_scheduled, every_seconds=20)
        register_sweep("cms.reconcile", actions.reconcile, every_seconds=60)
        register_sweep("cms.documents", documents.reconcile, every_seconds=60)
        register_sweep("cms.extract", extracting.extract_next, every_seconds=1, one_at_a_time=True, apart=True)
