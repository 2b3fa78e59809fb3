from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IngestionConfig(AppConfig):
    name = "portal.ingestion"
    label = "ingestion"
    verbose_name = _("Ingestion")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.host.privacy import register_erasure, register_export
        from portal.ingestion import (
            keeping,
            persons,
            pull,
            runner,
            trouble,
            waiting,
            write_back,
            write_back_sending,
            write_back_telling,
        )
        from portal.ingestion.transports import folder
        from portal.jobs.schedules import register_schedule
        from portal.jobs.sweep import register_sweep
        from portal.notifications import kinds

        kinds.register(trouble.NOTIFICATION)
        kinds.register(write_back_telling.NOTIFICATION)
        register_export("ingestion", trouble.export)
        register_erasure("ingestion", trouble.erase)
        register_export("ingestion.kept", persons.export)
        register_erasure("ingestion.kept", persons.erase)
        register_schedule("ingestion.write_backs", "50 3 * * *", write_back_sending.forget_old)
        register_export("ingestion.write_backs", write_back.export_write_backs)
        register_erasure("ingestion.write_backs", write_back.forget_write_backs)
        register_sweep(
            "ingestion.pull", pull.run_due, every_seconds=1, one_at_a_time=True, apart=True, threads=pull.AT_ONCE
        )
        # Of a large delivery the first items are found while its last ones are still being applied.
        register_sweep("ingestion.apply", runner.run_waiting, every_seconds=1, one_at_a_time=True, apart=True)
        register_sweep(
            "ingestion.write_back", write_back_sending.send_waiting, every_seconds=1, one_at_a_time=True, apart=True
        )
        register_sweep("ingestion.waiting", waiting.match_waiting, every_seconds=10, one_at_a_time=True)
        register_sweep("ingestion.files", folder.file_away, every_seconds=5)
        register_sweep("ingestion.purge", keeping.purge, every_seconds=3600)
