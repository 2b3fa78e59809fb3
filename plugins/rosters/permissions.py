from django.utils.translation import gettext_lazy as _

from portal.host import Permission

permissions = [Permission("configure", _("Change settings and permissions"), default=())]
