"""Tags and filters of the shared design system. None of them reads the database."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from portal.catalogue.details import topic_slug
from portal.languages import interface_language
from portal.moments import clock, day, in_words, local, moment_of, weekday

register = template.Library()

RECENT = dt.timedelta(days=1)
WORDS = re.compile(r"\w+")
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 120, 36, 3


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One icon of the sprite; decoration unless `label` gives it a name for screen readers."""
    href = f"{static('portal/icons.svg')}#i-{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag(takes_context=True)
def current(context: RequestContext, url: str, exact: bool = False) -> SafeString:
    """`aria-current` for a navigation link whose page, or a page below it, is being shown."""
    request = context.get("request")
    path = request.path if request else ""
    if path == url:
        return SafeString('aria-current="page"')
    if not exact and url != "/" and path.startswith(url):
        return SafeString('aria-current="true"')
    return SafeString("")


# Time


@register.simple_tag
def when(value: object) -> SafeString:
    """A `<time>` element for a date, a datetime or an ISO 8601 text; empty for anything else."""
    moment = moment_of(value)
    if moment is None:
        return SafeString("")
    if isinstance(moment, dt.datetime):
        moment = local(moment)
    full = day(moment, with_year=True)
    if isinstance(moment, dt.datetime):
        full = f"{full}, {clock(moment)}"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), full, in_words(moment))


@register.simple_tag
def ago(value: object) -> SafeString:
    """The same for what is soon out of date: "4 minutes ago" within a day, then as `when`."""
    moment = moment_of(value)
    if not isinstance(moment, dt.datetime) or timezone.is_naive(moment):
        return when(value)
    passed = timezone.now() - moment
    if passed >= RECENT:
        return when(value)
    here = local(moment)
    full = f"{day(here, with_year=True)}, {clock(here)}"
    text = (
        _("%(time)s ago") % {"time": timesince(moment, depth=1)} if passed >= dt.timedelta(minutes=1) else _("just now")
    )
    return format_html('<time datetime="{}" title="{}">{}</time>', here.isoformat(), full, text)


@register.simple_tag
def dateline() -> SafeString:
    """Today in full, with the weekday: "Tuesday 24 November"."""
    today = timezone.localdate()
    return format_html('<time datetime="{}">{}</time>', today.isoformat(), weekday(today, with_year=False))


# Figures


def _number(value: float) -> str:
    return str(formats.localize(int(value) if value == int(value) else round(value, 2)))


def _spark_text(points: Sequence[float], band: Sequence[float] | None) -> str:
    said = _("Last %(count)d readings, from %(first)s to %(last)s") % {
        "count": len(points),
        "first": _number(points[0]),
        "last": _number(points[-1]),
    }
    if not band:
        return said
    target = _("target band %(low)s to %(high)s") % {"low": _number(band[0]), "high": _number(band[1])}
    return f"{said}; {target}"


@register.simple_tag
def sparkline(points: Any, band: Any = None, label: str = "") -> SafeString:
    """A small line of numbers over its target band, oldest first; empty below two points.

    `points` is a sequence of numbers, `band` a pair (low, high) or nothing. The last point takes the
    colour of the state around it.
    """
    values = [float(point) for point in points or () if point is not None]
    limits = [float(limit) for limit in band or () if limit is not None]
    edges = limits if len(limits) == 2 else []
    if len(values) < 2:
        return SafeString("")
    low, high = min(values + edges), max(values + edges)
    room = SPARK_HEIGHT - 2 * SPARK_MARGIN
    scale = room / (high - low) if high > low else 0.0

    def height(value: float) -> float:
        if not scale:
            return SPARK_HEIGHT / 2
        return round(SPARK_MARGIN + (high - value) * scale, 1)

    step = (SPARK_WIDTH - 4) / (len(values) - 1)
    spots = [(round(at * step, 1), height(value)) for at, value in enumerate(values)]
    area = SafeString("")
    if edges:
        top, bottom = height(max(edges)), height(min(edges))
        area = format_html(
            '<rect class="band" x="0" y="{}" width="{}" height="{}"/>',
            str(top), SPARK_WIDTH, str(round(bottom - top, 1)),
        )  # fmt: skip
    line = format_html_join(" ", "{},{}", ((str(x), str(y)) for x, y in spots))
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '{}<polyline class="line" points="{}"/><path class="dot" d="M{},{}h.01"/></svg>',
        SPARK_WIDTH, SPARK_HEIGHT, label or _spark_text(values, edges),
        area, line, str(spots[-1][0]), str(spots[-1][1]),
    )  # fmt: skip


# Small words


@register.filter
def get_item(mapping: Any, key: object) -> object:
    """The value of `key`, or nothing: templates cannot write `mapping[key]`."""
    return mapping.get(key) if isinstance(mapping, Mapping) else None


@register.filter("topic_slug")
def slug_of_topic(name: object) -> str:
    """The address of a topic: letters of all languages, as the catalogue makes them."""
    return topic_slug(str(name))


@register.filter
def initials(name: object) -> str:
    """One or two letters that stand for a name: "Emergency, Pärnu" gives "EP"."""
    words = WORDS.findall(str(name or ""))
    if not words:
        return ""
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[1][0]
    return letters.upper()


@register.filter
def language_name(code: object) -> str:
    """A language in the reader's words, with a small letter where it stands inside a line."""
    try:
        return str(get_language_info(str(code))["name_translated"])
    except KeyError:
        return str(code or "")


@register.filter
def is_foreign(code: object) -> bool:
    """Whether a text in this language needs its language named for the present reader."""
    mine = interface_language()
    return bool(code) and str(code).split("-")[0] != mine


@register.filter
def file_url(path: object) -> str:
    """Where a stored file is read: the checked view, never the storage itself."""
    name = str(getattr(path, "name", path) or "")
    return f"/files/{quote(name)}" if name else ""


@register.filter
def state_icon(state: object) -> str:
    """The icon that says the state of a figure beside its words."""
    return {"ok": "check", "warn": "info", "bad": "alert", "stale": "clock"}.get(str(state), "info")


@register.filter
def has_own_title(entry: Any) -> bool:
    """Whether the title says more than the beginning of the text does."""
    title = str(entry.title or "").rstrip("… .")
    return bool(title and entry.summary) and not str(entry.summary).startswith(title)


@register.simple_tag
def field_input(field: BoundField) -> SafeString:
    """The input of a form field in the look of the design system; Django wires help and errors to it."""
    own = str(field.field.widget.attrs.get("class", ""))
    return field.as_widget(attrs={"class": f"input {own}".strip()})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is one box to tick, whose label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def times(count: object) -> range:
    """As many rounds of a loop as the number says; none for anything else."""
    return range(int(count)) if isinstance(count, int) else range(0)


# Lists


@register.simple_tag(takes_context=True)
def page_links(context: RequestContext, page: Page) -> dict[str, Any]:
    """What components/pagination.html needs for a page of Django's paginator; other parameters are kept."""
    kept = context["request"].GET.copy()

    def address(number: int) -> str:
        kept["page"] = str(number)
        return f"?{kept.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return {
        "pages": [
            {"number": number, "url": address(number), "current": number == page.number}
            if isinstance(number, int)
            else {"number": None}
            for number in numbers
        ],
        "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
        "next_url": address(page.next_page_number()) if page.has_next() else "",
    }


@register.filter
def nested(departments: Iterable[Any]) -> list[dict[str, Any]]:
    """Departments in tree order, as nodes with their children; without its parent, one comes to the top."""
    top: list[dict[str, Any]] = []
    trail: list[dict[str, Any]] = []
    for department in departments:
        node = {"department": department, "count": getattr(department, "people", None), "children": []}
        while trail and trail[-1]["department"].depth >= department.depth:
            trail.pop()
        (trail[-1]["children"] if trail else top).append(node)
        trail.append(node)
    return top
