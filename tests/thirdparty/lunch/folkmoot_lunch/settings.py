from django.utils.translation import gettext_lazy as _
from portal.host.settings import SettingsModel, setting


class Settings(SettingsModel):
    days: int = setting(5, title=_("Days on pages"), help=_("How many menus the block on a page shows."), ge=1, le=14)
