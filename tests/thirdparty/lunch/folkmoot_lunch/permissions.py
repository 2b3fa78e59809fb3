from django.utils.translation import gettext_lazy as _
from portal.host import Permission

permissions = [
    Permission("post", _("Write menus")),
    Permission("moderate", _("Delete menus of others"), default=("moderators", "heads")),
]
