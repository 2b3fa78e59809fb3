from django.utils.translation import gettext_lazy as _

from portal.host import Manifest, Plugin


class MicroblogConfig(Plugin):
    name = "plugins.microblog"
    label = "microblog"
    manifest = Manifest(
        slug="microblog",
        title=_("Microblog"),
        summary=_("Short posts, questions and ideas for a department."),
        version="0.1.0",
        icon="chat",
        category="social",
    )
