from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "portal.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.host.privacy import register_erasure, register_export
        from portal.jobs.schedules import register_schedule
        from portal.notifications import keeping

        register_schedule("notifications.purge", "40 3 * * *", keeping.forget_old)
        register_export("notifications", keeping.export)
        register_erasure("notifications", keeping.erase)
