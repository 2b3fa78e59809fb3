from django.utils.translation import gettext_lazy as _

from portal.host import Manifest, Plugin


class KpisConfig(Plugin):
    name = "plugins.kpis"
    label = "kpis"
    manifest = Manifest(
        slug="kpis",
        title=_("Key figures"),
        summary=_("Figures from other systems, with target and history."),
        version="0.1.0",
        icon="chart",
        category="automated",
    )
