from django.utils.translation import gettext_lazy as _

from portal.host import Permission

permissions = [
    Permission("post", _("Write posts")),
    Permission("moderate", _("Delete posts of others"), default=("moderators", "heads")),
    Permission("configure", _("Change settings and permissions"), default=()),
]
