from django.utils.translation import gettext_lazy as _

from portal.host.settings import SettingsModel, setting


class Settings(SettingsModel):
    found_days: int = setting(
        35,
        title=_("How long a shift is found after its end"),
        help=_("In days. Holds for shifts that are delivered or changed from now on."),
        ge=0,
        le=366,
    )
