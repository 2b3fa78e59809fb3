from django.utils.translation import gettext_lazy as _
from portal.host import Manifest, Plugin


class LunchConfig(Plugin):
    name = "folkmoot_lunch"
    label = "lunch"
    manifest = Manifest(
        slug="lunch",
        title=_("Lunch"),
        summary=_("What the canteen serves."),
        version="1.0.0",
        default_on=False,
        icon="calendar",
        category="social",
    )
