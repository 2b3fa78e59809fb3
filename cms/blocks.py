"""The blocks of a page's body. Their templates are in templates/cms/blocks/."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from cms.reading import visible_entries
from cms.streams import PluginStreamBlock

INLINE = ["bold", "italic", "link", "document-link"]
FEATURES = ["h3", *INLINE, "ol", "ul", "hr", "code"]


class ImageBlock(blocks.StructBlock):
    image = ImageChooserBlock(label=_("Picture"))
    alt = blocks.CharBlock(
        label=_("Description"),
        required=False,
        max_length=250,
        help_text=_("What the picture shows, for those who cannot see it. Empty if it is decoration."),
    )
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=300)

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "cms/blocks/image.html"

    def get_api_representation(self, value: Any, context: dict[str, Any] | None = None) -> dict[str, Any]:
        image = value["image"]
        return {
            "image": image.pk if image else None,
            "url": image.file.url if image else "",
            "alt": value["alt"],
            "caption": value["caption"],
        }


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Quote"), rows=3)
    by = blocks.CharBlock(label=_("Who said it"), required=False, max_length=200)

    class Meta:
        icon = "openquote"
        label = _("Quote")
        template = "cms/blocks/quote.html"


class CalloutBlock(blocks.StructBlock):
    tone = blocks.ChoiceBlock(label=_("Tone"), choices=[("note", _("Note")), ("warning", _("Warning"))], default="note")
    text = blocks.RichTextBlock(label=_("Text"), features=[*INLINE, "ol", "ul"])

    class Meta:
        icon = "warning"
        label = _("Callout")
        template = "cms/blocks/callout.html"

    def get_searchable_content(self, value: Any) -> list[str]:
        return self.child_blocks["text"].get_searchable_content(value["text"])


class TableBlock(blocks.StructBlock):
    """Rows as text, since that is what the clipboard of a spreadsheet holds."""

    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=200)
    rows = blocks.TextBlock(
        label=_("Rows"),
        rows=6,
        help_text=_("Paste from a spreadsheet, or write a row a line with | between its cells."),
    )
    header = blocks.BooleanBlock(label=_("The first row names the columns"), required=False, default=True)
    row_names = blocks.BooleanBlock(label=_("The first column names the rows"), required=False)

    class Meta:
        icon = "table"
        label = _("Table")
        template = "cms/blocks/table.html"

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        rows = list(cells_of(value["rows"]))
        head = rows.pop(0) if value["header"] and rows else []
        return super().get_context(value, parent_context) | {"head": head, "body": rows}

    def get_searchable_content(self, value: Any) -> list[str]:
        return [value["caption"], *(" ".join(row) for row in cells_of(value["rows"]))]


def cells_of(text: str) -> Iterator[list[str]]:
    """The cells of each row that is not empty; all rows get the width of the widest."""
    lines = [line for line in text.splitlines() if line.strip(" |\t")]
    separator = "\t" if any("\t" in line for line in lines) else "|"
    rows = [[cell.strip() for cell in line.strip(" |" if separator == "|" else "").split(separator)] for line in lines]
    width = max((len(row) for row in rows), default=0)
    return (row + [""] * (width - len(row)) for row in rows)


class DocumentBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("Document"))
    label = blocks.CharBlock(
        label=_("Text of the link"),
        required=False,
        max_length=200,
        help_text=_("Empty: the document's title."),
    )

    class Meta:
        icon = "doc-full"
        label = _("Document")
        template = "cms/blocks/document.html"

    def get_searchable_content(self, value: Any) -> list[str]:
        document = value.get("document")
        return [value.get("label") or (document.title if document else "")]

    def get_api_representation(self, value: Any, context: dict[str, Any] | None = None) -> dict[str, Any]:
        document = value["document"]
        return {
            "document": document.pk if document else None,
            "title": value["label"] or (document.title if document else ""),
            "url": document.url if document else "",
        }


class PageLinksBlock(blocks.StructBlock):
    """Titles are read when the page is drawn, and only of pages that the reader may see."""

    title = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    pages = blocks.ListBlock(blocks.PageChooserBlock(label=_("Page")), label=_("Pages"))

    class Meta:
        icon = "link"
        label = _("Links to pages")
        template = "cms/blocks/page_links.html"

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        request = (parent_context or {}).get("request")
        keys = [page.pk for page in value["pages"] if page]
        return context | {"entries": visible_entries(request.user, keys) if request else []}

    def get_api_representation(self, value: Any, context: dict[str, Any] | None = None) -> dict[str, Any]:
        return {"title": value["title"], "pages": [page.pk for page in value["pages"] if page]}


class Body(PluginStreamBlock):
    """Everything a page may consist of."""

    heading = blocks.CharBlock(
        label=_("Heading"),
        icon="title",
        form_classname="title",
        template="cms/blocks/heading.html",
        max_length=200,
    )
    paragraph = blocks.RichTextBlock(
        label=_("Text"), icon="pilcrow", features=FEATURES, template="cms/blocks/paragraph.html"
    )
    quote = QuoteBlock()
    callout = CalloutBlock()
    image = ImageBlock()
    table = TableBlock()
    document = DocumentBlock()
    page_links = PageLinksBlock()

    class Meta:
        template = "cms/blocks/body.html"
        label = _("Body")

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        anchors = {id(block): anchor for block, anchor in headings(value)}
        context = parent_context or {}
        parts = [(self.rendered(block, context), anchors.get(id(block), "")) for block in value]
        return super().get_context(value, parent_context) | {"parts": parts}


def headings(body: Any) -> list[tuple[Any, str]]:
    """The heading blocks with the anchors they get; equal headings are numbered."""
    seen: dict[str, int] = {}
    found = []
    for block in body:
        if block.block_type == "heading":
            anchor = slugify(block.value, allow_unicode=True) or "part"
            seen[anchor] = seen.get(anchor, 0) + 1
            found.append((block, anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}"))
    return found
