from django.utils.translation import gettext_lazy as _

from portal.host import Manifest, Plugin


class RostersConfig(Plugin):
    name = "plugins.rosters"
    label = "rosters"
    manifest = Manifest(
        slug="rosters",
        title=_("Rosters"),
        summary=_("Who works when, from the rota system."),
        version="0.1.0",
        icon="calendar",
        category="automated",
    )
