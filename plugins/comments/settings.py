from django.utils.translation import gettext_lazy as _

from portal.host.settings import SettingsModel, setting


class Settings(SettingsModel):
    longest: int = setting(5000, title=_("Longest comment"), help=_("In characters."), ge=100, le=5000)
