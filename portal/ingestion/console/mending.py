"""One rejected item: read, mended column by column, as text or as a file, and downloaded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages

from portal.ingestion import fixing
from portal.ingestion.adapter import Cell
from portal.ingestion.console.access import of_a_source, of_source, person_of
from portal.ingestion.console.trying import SECONDS
from portal.ingestion.formats.rows import line_of
from portal.ingestion.models import RejectedItem, Source

# A wider row is mended as text: a form of hundreds of fields helps nobody.
MOST_CELLS = 100
MOST_ROWS_SHOWN = 16


class MendForm(forms.Form):
    """`cells`: the row column by column; None for what is mended as text, `is_cut` for what fits into a file only."""

    file = forms.FileField(label=gettext_lazy("The mended item"), required=False)

    def __init__(
        self, *args: Any, item: RejectedItem, cells: Sequence[Cell] | None, is_cut: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.cells, self.most = cells, fixing.most_bytes(item.source)
        self.fields["file"].help_text = _("Text in UTF-8, at most %(most)d MB.") % {"most": self.most // 1024 // 1024}
        if cells is not None:
            self.fields |= {f"cell-{number}": _cell_field(cell) for number, cell in enumerate(cells)}
        elif not is_cut:
            rows = min(max(item.raw.count("\n") + 2, 4), MOST_ROWS_SHOWN)
            self.fields["raw"] = forms.CharField(
                label=_("As it should have been"),
                required=False,
                strip=False,
                initial=item.raw,
                widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "false"}),
            )

    @property
    def columns(self) -> list[Any]:
        """The fields of the cells, in the order of the row."""
        return [self[name] for name in self.fields if name.startswith("cell-")]

    def clean(self) -> dict[str, Any]:
        """`mended`: the item as text, from the file if there is one."""
        cleaned = self.cleaned_data
        if cleaned.get("file"):
            cleaned["mended"] = self._from_file(cleaned["file"])
        elif self.cells is not None:
            cleaned["mended"] = line_of([cleaned.get(f"cell-{number}", "") for number in range(len(self.cells))])
        else:
            cleaned["mended"] = cleaned.get("raw", "")
        if not cleaned["mended"].strip() and not self.errors:
            raise ValidationError(
                _("Choose the file with the mended item.")
                if "raw" not in self.fields and self.cells is None
                else _("Give what should have been delivered.")
            )
        return cleaned

    def _from_file(self, file: Any) -> str:
        if file.size > self.most:
            self.add_error("file", _("Give at most %(most)d MB.") % {"most": self.most // 1024 // 1024})
            return ""
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeError:
            self.add_error("file", _("This is not text in UTF-8; save it as UTF-8."))
            return ""

    def refuse(self, error: ValidationError) -> None:
        """Puts what is still wrong beside the cell that it speaks of; all else above the form."""
        for message in error.messages:
            for part in message.split("; ") if self.cells else [message]:
                self.add_error(self._spoken_of(part), part)

    def _spoken_of(self, text: str) -> str | None:
        for number, cell in enumerate(self.cells or ()):
            if any(re.match(rf"{re.escape(field)}\b", text) for field in cell.fields):
                return f"cell-{number}"
        return None


def _cell_field(cell: Cell) -> forms.CharField:
    many = "\n" in cell.text or len(cell.text) > 200
    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}) if many else forms.TextInput()
    field = forms.CharField(label=cell.column, required=False, strip=False, initial=cell.text, widget=widget)
    if not cell.fields:
        field.help_text = _("This column is not read.")
    elif list(cell.fields) != [cell.column]:
        field.help_text = _("Read as: %(fields)s") % {"fields": ", ".join(cell.fields)}
    return field


@require_http_methods(["GET", "HEAD", "POST"])
@of_a_source
def item(request: HttpRequest, source: Source, pk: int) -> HttpResponse:
    """One of them, as it was delivered. A POST tries it as it was mended; `as=text` asks for one field of text."""
    one = _item(source, pk)
    why_not = fixing.why_not(one)
    as_text = why_not or request.GET.get("as") == "text" or "raw" in request.POST
    cells = None if as_text else fixing.cells_of_item(one)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = MendForm(
        *given, item=one, cells=cells if cells and len(cells) <= MOST_CELLS else None, is_cut=fixing.is_cut(one)
    )
    if request.method == "POST" and form.is_valid():
        try:
            text = fixing.fix_rejected(one, form.cleaned_data["mended"], acting_person=person_of(request))
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, text)
            return redirect("source_rejected", slug=source.slug)
    title = _("Rejected: %(position)s") % {"position": one.position}
    context = of_source(
        source, title, "source_rejected", item=one, form=form, why_not=why_not, is_cut=fixing.is_cut(one)
    )
    return render(request, "ingestion/rejected_item.html", context, status=422 if form.errors else 200)


@require_safe
@of_a_source
def download(request: HttpRequest, source: Source, pk: int) -> HttpResponse:
    """All of it as a file of text, to be mended and given back."""
    one = _item(source, pk)
    try:
        text = fixing.whole(one, seconds=SECONDS)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("source_rejected_item", slug=source.slug, pk=pk)
    answer = HttpResponse(text.encode("utf-8", "replace"), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{source.slug}-{one.pk}.txt"'
    return answer


def _item(source: Source, pk: int) -> RejectedItem:
    one = source.rejected_items.select_related("run__delivery").filter(pk=pk).first()
    if one is None:
        raise Http404
    one.source = source
    return one
