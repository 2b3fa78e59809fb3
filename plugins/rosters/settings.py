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
    rota_office: str = setting(
        "",
        title=_("Whom to ask about open shifts"),
        help=_("The rota office with its phone number or address, as readers see it beside the head."),
        max_length=200,
    )
    told_days: int = setting(
        28,
        title=_("How far ahead people are told of changes to their shifts"),
        help=_("In days. 0 tells nobody."),
        ge=0,
        le=366,
    )
