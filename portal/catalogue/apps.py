from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "portal.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.catalogue.files import photo_owner, register_file_owner
        from portal.catalogue.purge import purge_removed
        from portal.jobs.sweep import register_sweep

        register_file_owner("photos/", photo_owner)
        register_sweep("catalogue.purge", purge_removed, every_seconds=3600)
