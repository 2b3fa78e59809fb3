from django.utils.translation import gettext_lazy as _

from portal.host import Manifest, Plugin


class CommentsConfig(Plugin):
    name = "plugins.comments"
    label = "comments"
    manifest = Manifest(
        slug="comments",
        title=_("Comments"),
        summary=_("Comments on everything people read here."),
        version="0.1.0",
        icon="chat",
        category="social",
    )

    def ready(self) -> None:
        from plugins.comments import receivers  # noqa: F401  connects on import
