"""Page types: news, processes, facilities, and the sections they stand in."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import ItemBase
from wagtail.api import APIField
from wagtail.models import Page
from wagtail.search import index

from cms import panels
from cms.addresses import RESERVED
from cms.audience import from_stored, stored_everyone, to_stored
from cms.blocks import Body
from cms.documents.models import DocumentText as DocumentText  # so that Django finds them
from cms.documents.models import ShownDocument as ShownDocument
from cms.fields import BodyField
from cms.forms import ContentPageForm, SectionPageForm
from cms.serializers import BodyValueField, ImageField, NameField
from portal.audience.expressions import Expression
from portal.catalogue.models import Topic
from portal.people.models import Department, Location, Person


def organisation_language() -> str:
    from django.conf import settings

    return settings.LANGUAGE_CODE


class PlacedPage(Page):
    """What all our pages have in common: addresses that are free, and no passwords."""

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if self.depth == 3 and self.slug in RESERVED:
            raise ValidationError({"slug": _("This address belongs to the platform; choose another one.")})

    def can_move_to(self, parent: Page) -> bool:
        """Not to the top under an address of the platform."""
        return super().can_move_to(parent) and not (parent.depth == 2 and self.slug in RESERVED)

    def serve_password_required_response(self, request: HttpRequest, *args: Any) -> HttpResponse:
        """Shared passwords are off: a page restricted by one is nobody's, its title included."""
        raise Http404


class TaggedPage(ItemBase):
    """That a page is about a topic, in the platform's one vocabulary."""

    content_object = ParentalKey("cms.ContentPage", on_delete=models.CASCADE, related_name="tagged_items")
    tag = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="tagged_pages")

    class Meta:
        verbose_name = _("topic of a page")
        verbose_name_plural = _("topics of pages")


class ContentPage(PlacedPage):
    """A page to read. What all types share; editors create one of the types below."""

    summary = models.TextField(
        _("summary"),
        blank=True,
        max_length=400,
        help_text=_("One or two sentences, shown in lists and search."),
    )
    image = models.ForeignKey(
        "wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("picture"),
        help_text=_("Shown above the text and in lists. Landscape, at least 1344 pixels wide."),
    )  # fmt: skip
    body = BodyField(Body(), blank=True, verbose_name=_("body"))
    topics = ClusterTaggableManager(
        through=TaggedPage, blank=True, verbose_name=_("topics"),
        help_text=_("What it is about, in the words people search for. The first stands above the title."),
    )  # fmt: skip
    kicker = models.CharField(
        _("kicker"), max_length=60, blank=True, help_text=_("A few words before the title. Optional.")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("home department"),
        help_text=_("Whose page it is. Empty: the whole organisation's."),
    )  # fmt: skip
    kept_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("kept by"),
        help_text=_("Who keeps it true and answers questions. Empty: who created it."),
    )  # fmt: skip
    successor = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("successor"),
        help_text=_("Who takes it over when its keeper leaves. Empty: the head of the department."),
    )  # fmt: skip
    review_on = models.DateField(
        _("review on"), null=True, blank=True, help_text=_("Readers are warned when this day has passed.")
    )
    language = models.CharField(_("language"), max_length=10, choices=panels.LANGUAGES, default=organisation_language)
    translation_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="translated_as",
        verbose_name=_("translation of"),
        help_text=_("The original, if this is the same text in another language."),
    )  # fmt: skip
    must_read = models.BooleanField(_("must read"), default=False, help_text=_("Marked as such in lists."))
    # Stored as an expression, so that what a deleted department leaves behind stays shut instead of opening.
    audience = models.JSONField(_("audience"), default=stored_everyone, editable=False)

    subpage_types: list[str] = []
    parent_page_types = ["cms.SectionPage"]
    is_creatable = False
    base_form_class = ContentPageForm
    entry_type = ""

    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.FilterField("language"),
        index.FilterField("department_id"),
    ]
    settings_panels = [*panels.KEEPING, *Page.settings_panels]
    api_fields = [
        "summary",
        APIField("body", serializer=BodyValueField()),
        APIField("image", serializer=ImageField()),
        "topics",
        "kicker",
        "language",
        APIField("department", serializer=NameField()),
        APIField("keeper", serializer=NameField()),
        "review_on",
    ]

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    @property
    def expression(self) -> Expression:
        """The page's own targeting; page privacy narrows it further."""
        return from_stored(self.audience)

    @expression.setter
    def expression(self, expression: Expression) -> None:
        self.audience = to_stored(expression)

    @property
    def keeper(self) -> Person | None:
        return self.kept_by or self.owner

    @property
    def review_is_overdue(self) -> bool:
        return self.review_on is not None and self.review_on < timezone.localdate()

    @property
    def stale_from(self) -> datetime | None:
        """The end of the day of its review."""
        if self.review_on is None:
            return None
        return timezone.make_aware(datetime.combine(self.review_on + timedelta(days=1), time.min))

    def facts(self) -> list[dict[str, Any]]:
        """Label and value of what the side column says of the page."""
        return []

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms.reading import page_context
        from cms.serving import edit_url, entry_of

        context = super().get_context(request, *args, **kwargs)
        context |= page_context(self, request, entry_of(self, request))
        return context | {
            "edit_url": edit_url(self, request),
            "facts": self.facts(),
            "overdue": self.review_is_overdue,
        }

    def clean(self) -> None:
        super().clean()
        if self.translation_of_id and self.translation_of_id == self.pk:
            raise ValidationError({"translation_of": _("A page is no translation of itself.")})


class NewsPage(ContentPage):
    pinned = models.BooleanField(_("pinned"), default=False, help_text=_("Stays at the top of lists of news."))
    sender = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author"),
        help_text=_("In whose name it appears. Empty: who keeps it."),
    )  # fmt: skip

    entry_type = "news"
    template = "cms/news_page.html"
    page_description = _("Something happened, or will")
    api_fields = [*ContentPage.api_fields, "pinned", APIField("sender", serializer=NameField())]
    content_panels = panels.content(panels.NEWS)
    promote_panels = panels.PROMOTE

    class Meta:
        verbose_name = _("news")
        verbose_name_plural = _("news")

    def facts(self) -> list[dict[str, Any]]:
        from cms.facts import news_facts

        return news_facts(self)


class ProcessPage(ContentPage):
    code = models.CharField(_("code"), max_length=40, blank=True, help_text=_("Its number or name, such as HR-204b."))

    entry_type = "process"
    template = "cms/process_page.html"
    page_description = _("How something is done, or a policy that holds")
    api_fields = [*ContentPage.api_fields, "code"]
    content_panels = panels.content(panels.PROCESS)
    promote_panels = panels.PROMOTE
    search_fields = [*ContentPage.search_fields, index.SearchField("code", boost=2)]

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")

    def facts(self) -> list[dict[str, Any]]:
        from cms.facts import process_facts

        return process_facts(self)


class FacilityPage(ContentPage):
    place = models.CharField(_("place"), max_length=200, blank=True, help_text=_("House, floor, room, or address."))
    location = models.ForeignKey(
        Location, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("location")
    )
    opening_hours = models.TextField(_("opening hours"), blank=True, max_length=500)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    entry_type = "facility"
    template = "cms/facility_page.html"
    page_description = _("A place or a service that people use")
    api_fields = [
        *ContentPage.api_fields, "place", APIField("location", serializer=NameField()),
        "opening_hours", "phone",
    ]  # fmt: skip
    content_panels = panels.content(panels.FACILITY)
    promote_panels = panels.PROMOTE
    search_fields = [*ContentPage.search_fields, index.SearchField("place")]

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")

    def facts(self) -> list[dict[str, Any]]:
        from cms.facts import facility_facts

        return facility_facts(self)


class SectionPage(PlacedPage):
    """A list of what is below it; also the start of the site's tree. Not an entry itself."""

    summary = models.TextField(_("summary"), blank=True, max_length=400)

    template = "cms/section_page.html"
    page_description = _("A list of the pages below it")
    api_fields = ["summary"]
    base_form_class = SectionPageForm
    parent_page_types = ["wagtailcore.Page", "cms.SectionPage"]
    subpage_types = ["cms.NewsPage", "cms.ProcessPage", "cms.FacilityPage", "cms.SectionPage"]
    content_panels = panels.SECTION
    promote_panels = panels.PROMOTE
    search_fields = [*Page.search_fields, index.SearchField("summary")]

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from cms.reading import section_context
        from cms.serving import edit_url

        context = super().get_context(request, *args, **kwargs)
        return context | section_context(self, request) | {"edit_url": edit_url(self, request)}
