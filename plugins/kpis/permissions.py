from django.utils.translation import gettext_lazy as _

from portal.host import Permission

permissions = [
    Permission("describe", _("Say what a key figure measures, and add notes to its readings"), ("heads", "editors")),
    Permission("configure", _("Change settings and permissions"), default=()),
]
