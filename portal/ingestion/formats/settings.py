"""What may be set of every format: how a source writes numbers, days and times."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import field_validator

from portal.host.settings import setting
from portal.ingestion.adapter import AdapterSettings
from portal.ingestion.formats.locales import Writing
from portal.ingestion.formats.values import ZoneName


def _is_date_format(text: str) -> bool:
    day = datetime(2026, 11, 24)
    try:
        return datetime.strptime(day.strftime(text), text) == day
    except (ValueError, re.error):
        return False


class ValueSettings(AdapterSettings):
    """How the source writes. What is left empty is as usual in `locale` ("de", "et", "en-GB"), else plain.

    `date_format` as Python's strptime reads it, several with "|" between. `decimal_comma`: 1.234,5 instead of
    1234.5. `thousands`: what stands between groups of digits. `time_zone`: of times without one; by default the
    organisation's.
    """

    locale: str = setting(
        "",
        title=gettext_lazy("Language of the file"),
        help=gettext_lazy("de, et, en-GB: numbers and dates are read as usual there."),
        max_length=20,
    )
    decimal_comma: bool | None = setting(
        None,
        title=gettext_lazy("Decimal comma"),
        help=gettext_lazy("Yes: 1.234,5. No: 1234.5. Nothing: as usual in the language."),
    )
    thousands: str = setting(
        "",
        title=gettext_lazy("Between groups of digits"),
        help=gettext_lazy("Empty: as usual in the language."),
        max_length=1,
    )
    date_format: str = setting(
        "",
        title=gettext_lazy("Form of dates"),
        help=gettext_lazy("Such as %d.%m.%Y, several with | between. Empty: as usual in the language."),
        max_length=200,
    )
    time_zone: ZoneName = setting(
        "",
        title=gettext_lazy("Time zone"),
        help=gettext_lazy("Of times without one, such as Europe/Tallinn. Empty: ours."),
        max_length=60,
    )

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        try:
            if value:
                Writing(value)
        except ValueError as error:
            raise ValueError(_("there is no language of this name; write it as de, et or en-GB")) from error
        return value

    @field_validator("date_format")
    @classmethod
    def _usable(cls, value: str) -> str:
        for one in filter(None, (part.strip() for part in value.split("|"))):
            if not _is_date_format(one):
                raise ValueError(_("%(format)s is no format of a date; write it as %%d.%%m.%%Y") % {"format": one})
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)
