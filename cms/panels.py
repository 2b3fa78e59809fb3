"""The editor's forms: which fields stand where."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel, Panel, TitleFieldPanel

LANGUAGES = settings.LANGUAGES

AUDIENCE = MultiFieldPanel(
    [
        FieldPanel("audience_everyone"),
        FieldPanel("audience_departments"),
        FieldPanel("audience_locations"),
        FieldPanel("audience_roles"),
        FieldPanel("audience_groups"),
        FieldPanel("audience_match"),
    ],
    heading=_("Who it is for"),
    help_text=_("Everyone, or those you choose. The privacy of the section above always narrows it further."),
)

PROMOTE = [FieldPanel("slug"), FieldPanel("search_description")]

KEEPING = [
    MultiFieldPanel(
        [FieldPanel("kept_by"), FieldPanel("successor"), FieldPanel("review_on")], heading=_("Who keeps it")
    )
]

NEWS: list[Panel] = [FieldRowPanel([FieldPanel("pinned"), FieldPanel("must_read")]), FieldPanel("sender")]
PROCESS: list[Panel] = [FieldPanel("code"), FieldPanel("must_read")]
FACILITY: list[Panel] = [
    MultiFieldPanel(
        [FieldPanel("place"), FieldPanel("location"), FieldPanel("opening_hours"), FieldPanel("phone")],
        heading=_("Where and when"),
    )
]
SECTION: list[Panel] = [
    TitleFieldPanel("title"),
    FieldPanel("summary"),
    HelpPanel(_("Lists the pages below it, newest first. Restrict it with the privacy setting above.")),
]


def content(own: Sequence[Panel]) -> list[Panel]:
    """The content tab: what every page has, with the type's own fields below the summary."""
    return [
        TitleFieldPanel("title"),
        FieldPanel("summary"),
        FieldPanel("kicker"),
        FieldPanel("image"),
        *own,
        FieldPanel("body"),
        FieldPanel("topics"),
        FieldPanel("department"),
        AUDIENCE,
        MultiFieldPanel([FieldPanel("language"), FieldPanel("translation_of")], heading=_("Language")),
    ]
