from django.utils.translation import gettext_lazy as _

from portal.host.plugin import Permission

permissions = [
    Permission("post", _("Write posts")),
    Permission("moderate", _("Delete posts of others"), default=("moderators",)),
    Permission("configure", _("Change settings and permissions"), default=()),
]
