from django.utils.translation import gettext_lazy as _

from portal.host import Permission

permissions = [
    Permission("comment", _("Write comments"), default=("everyone",)),
    Permission("moderate", _("Delete comments of others"), default=("moderators", "heads")),
    Permission("configure", _("Change settings and permissions"), default=()),
]
