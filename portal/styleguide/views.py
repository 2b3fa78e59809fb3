"""The style guide: every component in every state, with data that could be real."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from portal.styleguide import instruments, items
from portal.styleguide.forms import sample_form
from portal.styleguide.icons import icon_names
from portal.styleguide.people import DEPARTMENTS, PEOPLE

APPEARANCES = {
    "": _("As chosen"),
    "light": _("Light"),
    "dark": _("Dark"),
    "contrast": _("High contrast"),
}
GREYS = ["paper", "sheet", "wash", "wash-2", "line", "line-control", "text", "text-2", "text-3"]
STATES = ["ink", "ink-tint", "signal", "ok", "warn", "bad", "mark"]
ACCENTS = ["accent", "accent-solid", "accent-tint", "accent-line"]


@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component; `?appearance=` shows it light, dark or in high contrast, whatever was chosen."""
    chosen = request.GET.get("appearance", "")
    appearance = chosen if chosen in APPEARANCES else ""
    context = {
        "appearance": appearance,
        "appearances": [
            {"label": label, "url": f"?appearance={key}", "current": key == appearance}
            for key, label in APPEARANCES.items()
        ],
        "colours": GREYS + STATES + ACCENTS,
        "icons": icon_names(),
        "people": PEOPLE,
        "departments": DEPARTMENTS,
        "form": sample_form(),
        **items.context(),
        **instruments.context(),
    }
    return render(request, "portal/styleguide.html", context)
