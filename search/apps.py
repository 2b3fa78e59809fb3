from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.catalogue import signals
        from portal.jobs.sweep import register_sweep
        from search import queue, sweeps

        register_sweep("search.database", sweeps.database, every_seconds=0.5)
        register_sweep("search.elasticsearch", sweeps.elasticsearch, every_seconds=0.5)
        signals.entries_queued.connect(queue.index_after_commit, dispatch_uid="search.entries_queued")
