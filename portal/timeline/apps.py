from django.apps import AppConfig


class TimelineConfig(AppConfig):
    name = "portal.timeline"
    label = "timeline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.jobs.sweep import register_sweep
        from portal.timeline import receivers  # noqa: F401  connects on import
        from portal.timeline.relay import relay

        register_sweep("timeline.relay", relay, every_seconds=0.5)
