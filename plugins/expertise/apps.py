from django.utils.translation import gettext_lazy as _

from portal.host import Manifest, Plugin


class ExpertiseConfig(Plugin):
    name = "plugins.expertise"
    label = "expertise"
    manifest = Manifest(
        slug="expertise",
        title=_("Expertise finder"),
        summary=_("Who knows about what, and how that is known."),
        version="0.1.0",
        icon="people",
        category="social",
    )
