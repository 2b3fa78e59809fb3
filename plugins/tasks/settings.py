from django.utils.translation import gettext_lazy as _

from portal.host.settings import SettingsModel, setting


class Settings(SettingsModel):
    found_days: int = setting(
        14,
        title=_("How long a task is found when it is done"),
        help=_("In days; also when its system lists it no longer. Holds for tasks that change from now on."),
        ge=0,
        le=366,
    )
