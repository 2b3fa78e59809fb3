"""Key figures inside an editor's page: live, and only for those who may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import Any, Self

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, ListBlock, StructBlock
from wagtail.fields import StreamField
from wagtail.models import Page

from plugins.kpis.choosers import figure_chooser, name_for
from plugins.kpis.models import Kpi
from plugins.kpis.queries import Row, kpis_for, rows_of
from portal.people.models import Person

MOST = 12

FigureChooserBlock = figure_chooser.get_block_class(name="FigureChooserBlock", module_path="plugins.kpis.blocks")


class _ForEditor:
    """Names to an editor only what that editor may see."""

    editor: Person | None = None

    def for_editor(self, person: Person) -> Self:
        mine = copy(self)
        mine.editor = person
        return mine


class FigureBlock(_ForEditor, FigureChooserBlock):  # type: ignore[misc,valid-type]
    """One figure. Whoever may not see it finds nothing in its place, in the page and in the API."""

    class Meta:
        icon = "view"
        label = _("Key figure")
        template = "kpis/blocks/figures.html"

    def get_form_state(self, value: Kpi | None) -> Any:
        name_for(self.editor, [value])
        return super().get_form_state(value)

    def get_context(self, value: Kpi | None, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        return super().get_context(value, parent_context) | {"rows": rows_seen([value], parent_context), "title": ""}

    def get_searchable_content(self, value: Kpi | None) -> list[str]:
        return []

    def get_api_representation(self, value: Kpi | None, context: dict[str, Any] | None = None) -> dict[str, Any] | None:
        return next(map(_as_json, rows_seen([value], context)), None)


class FiguresBlock(_ForEditor, StructBlock):
    """Some figures beside each other; without a heading where a reader may see none of them."""

    title = CharBlock(label=_("Heading"), required=False, max_length=120)
    figures = ListBlock(FigureChooserBlock(label=_("Key figure")), label=_("Key figures"), max_num=MOST)

    class Meta:
        icon = "view"
        label = _("Key figures")
        template = "kpis/blocks/figures.html"

    def get_form_state(self, value: Any) -> Any:
        name_for(self.editor, value["figures"])
        return super().get_form_state(value)

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        shown = {"rows": rows_seen(value["figures"], parent_context), "title": value["title"]}
        return super().get_context(value, parent_context) | shown

    def get_searchable_content(self, value: Any) -> list[str]:
        return []

    def get_api_representation(self, value: Any, context: dict[str, Any] | None = None) -> dict[str, Any] | None:
        rows = rows_seen(value["figures"], context)
        return {"title": value["title"], "figures": [_as_json(row) for row in rows]} if rows else None


def rows_seen(figures: Iterable[Kpi | None], context: Mapping[str, Any] | None) -> list[Row]:
    """Those of the figures that the reader of the page may see, as they stand now.

    Two queries for all of a page's blocks. None without a reader, as in a program.
    """
    request = (context or {}).get("request")
    wanted = [figure.pk for figure in figures if figure is not None]
    if request is None or not wanted:
        return []
    known: dict[int, Row | None] = request.__dict__.setdefault("_kpis_on_page", {})
    if missing := {pk for pk in wanted if pk not in known}:
        missing |= set(_on_page((context or {}).get("page")))
        entries = list(kpis_for(request.user).filter(key__in=map(str, missing)))
        seen = {int(entry.key): row for entry, row in zip(entries, rows_of(entries), strict=True)}
        known |= {pk: seen.get(pk) for pk in missing}
    return [row for pk in wanted if (row := known[pk])]


def _on_page(page: Any) -> Iterator[int]:
    """The figures in all blocks of the page's streams."""
    if not isinstance(page, Page):
        return
    streams = [getattr(page, field.name) for field in page._meta.get_fields() if isinstance(field, StreamField)]
    for stream in streams:
        for child in stream:
            if isinstance(child.block, FigureBlock) and isinstance(child.value, Kpi):
                yield child.value.pk
            elif isinstance(child.block, FiguresBlock) and isinstance(child.value, Mapping):
                yield from (figure.pk for figure in child.value["figures"] if figure)


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "title": row.name,
        "url": row.url,
        "value": row.value,
        "unit": row.unit,
        "state": row.state,
        "state_text": row.state_text,
        "points": list(row.points),
        "source": row.source,
        "read_at": row.read_at,
    }


blocks = {"figure": FigureBlock(), "figures": FiguresBlock()}
