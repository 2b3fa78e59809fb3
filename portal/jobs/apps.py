from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "portal.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.jobs import schedules, tasks
        from portal.jobs.sweep import register_sweep

        register_sweep("jobs.schedules", schedules.run_due, every_seconds=1)
        register_sweep("jobs.tasks", tasks.run_waiting, every_seconds=0.5)
        register_sweep("jobs.lost_tasks", tasks.release_lost, every_seconds=60)
