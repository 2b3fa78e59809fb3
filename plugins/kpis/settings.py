from django.utils.translation import gettext_lazy as _

from portal.host.settings import SettingsModel, setting


class Settings(SettingsModel):
    news_days: int = setting(
        35,
        title=_("How long a figure is news"),
        help=_("In days: an older reading that crosses into another band is not told on the timeline."),
        ge=1,
        le=366,
    )
