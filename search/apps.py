from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from portal.catalogue import signals
        from portal.host.diagnosis import register_check
        from portal.host.privacy import register_erasure, register_export
        from portal.jobs.schedules import register_schedule
        from portal.jobs.sweep import register_sweep
        from search import diagnosis, queue, recent, sweeps
        from search.editing.setup import ensure_managers
        from search.seeking import counting, privacy

        register_sweep("search.database", sweeps.database, every_seconds=0.5)
        register_sweep("search.elasticsearch", sweeps.elasticsearch, every_seconds=0.5)
        post_migrate.connect(ensure_managers, sender=self, dispatch_uid="search.managers")
        register_check("search", diagnosis.problems)
        signals.entries_queued.connect(queue.index_after_commit, dispatch_uid="search.entries_queued")
        register_schedule("search.recent", "20 3 * * *", recent.forget_old_searches)
        register_export("search.recent", recent.export)
        register_erasure("search.recent", recent.erase)
        register_schedule("search.seeking", "10 0 * * *", counting.count_days)
        register_erasure("search.seeking", privacy.forget_person)
