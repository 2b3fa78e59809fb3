from django.utils.translation import gettext_lazy as _

from portal.host.settings import SettingsModel, setting


class Settings(SettingsModel):
    longest: int = setting(5000, title=_("Longest post"), help=_("In characters."), ge=100, le=5000)
    for_everyone: bool = setting(
        False,
        title=_("New posts are for everyone"),
        help=_("Unless the author chooses otherwise. Posts that are there already stay as they are."),
    )
