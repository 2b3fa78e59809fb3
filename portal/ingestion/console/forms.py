"""The form of a source: what the platform needs of it, and what its adapter and its transport say can be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audience.choosing import PREFIX, AudienceForm, TreeChoiceField, decompose
from portal.audience.expressions import Expression
from portal.host.console.mapping_field import MappingField
from portal.host.console.people_field import PeopleField
from portal.host.console.setting_fields import LinesField
from portal.ingestion.adapter import Adapter
from portal.ingestion.console.schema import SchemaPart
from portal.ingestion.formats.settings import ValueSettings
from portal.ingestion.models import Source
from portal.ingestion.reach import Role
from portal.ingestion.sealing import is_lost
from portal.ingestion.transports.address import warning
from portal.ingestion.transports.settings import TransportSettings
from portal.people.models import Department

HOME, CHOSEN = "home", "chosen"
PLAIN = ("name", "department", "pull_from", "schedule", "allowed_hosts", "stale_after", "hold_share")


@dataclass(frozen=True)
class Section:
    """Fields under a heading; `folded` are those that few need."""

    title: str
    text: str
    fields: list[BoundField]
    folded: bool = False

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to have more rows of."""
        return any(isinstance(field.field, MappingField) for field in self.fields)

    @property
    def open(self) -> bool:
        return not self.folded or any(field.errors for field in self.fields)


class SourceForm(AudienceForm):
    """Adds a source of the adapter, or changes `source`. What it gives is checked as a whole by the actions."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("As readers see it: “the rota system”."),
    )
    slug = forms.CharField(
        label=gettext_lazy("Short name"),
        max_length=80,
        validators=[validate_slug],
        help_text=gettext_lazy("In addresses and on the command line, such as rota. It stays for ever."),
    )
    department = TreeChoiceField(
        label=gettext_lazy("Home department"),
        queryset=Department.objects.order_by("path"),
        help_text=gettext_lazy("Whose source it is. It is applied while its plugin is on there."),
    )
    audience_kind = forms.ChoiceField(
        label=gettext_lazy("Who its items are for"),
        choices=[
            (HOME, gettext_lazy("The home department, with everything below it")),
            (CHOSEN, gettext_lazy("Whom you choose below")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Unless the adapter knows better for an item: a shift is its own people’s."),
    )
    pull_from = forms.CharField(
        label=gettext_lazy("Fetched from"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "An address (https://…), or in the drop folder a file (lab/list.csv) or a folder (lab/in/). Empty: the "
            "other system sends by itself. Write {token} where a secret belongs: the secret for fetching goes there."
        ),
    )
    schedule = forms.CharField(
        label=gettext_lazy("Schedule"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
        help_text=gettext_lazy(
            "Minute, hour, day, month, day of the week. */15 * * * * is every 15 minutes, 30 6 * * 1-5 at 6:30 on "
            "working days. Empty: only by hand."
        ),
    )
    allowed_hosts = LinesField(
        label=gettext_lazy("Allowed hosts"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("Hosts of the own network that it may be fetched from: name or name:port, one a line."),
    )
    stale_after = forms.IntegerField(
        label=gettext_lazy("Late after"),
        required=False,
        min_value=1,
        max_value=10_000_000,
        help_text=gettext_lazy("Minutes without news. Empty: after two missed fetches."),
    )
    hold_share = forms.IntegerField(
        label=gettext_lazy("Hold from percent"),
        required=False,
        min_value=0,
        max_value=100,
        initial=Source._meta.get_field("hold_share").default,
        help_text=gettext_lazy(
            "A delivery that brings nothing, or changes or takes away a larger share of what is there, waits until "
            "somebody has looked at it. Empty: none waits."
        ),
    )
    reach = forms.MultipleChoiceField(
        label=gettext_lazy("How far each item reaches"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Nothing chosen: as its adapter has it."),
    )
    told = PeopleField(
        label=gettext_lazy("Whom to tell"),
        required=False,
        help_text=gettext_lazy(
            "Who is told when it fails or a delivery is held. Find people by name, user name or e-mail address, and "
            "tick them. Nobody ticked: central IT."
        ),
    )
    token = forms.CharField(
        label=gettext_lazy("Secret for fetching"),
        required=False,
        max_length=2000,
        strip=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
    token_remove = forms.BooleanField(label=gettext_lazy("Remove the secret"), required=False)
    file = forms.FileField(
        label=gettext_lazy("A file to test with"),
        required=False,
        help_text=gettext_lazy("Only for “Test”: it is read and thrown away. Choose it again for the next test."),
    )

    def __init__(self, adapter: Adapter, source: Source | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = source
        self.adapter_part = SchemaPart(adapter.settings_model, "setting")
        self.transport_part = SchemaPart(TransportSettings, "transport")
        self.fields |= self.adapter_part.fields() | self.transport_part.fields()
        if source is not None:
            del self.fields["slug"]
        has_token = source is not None and bool(source.sealed_token)
        if not has_token:
            del self.fields["token_remove"]
        kept = _("It is set, and shown to nobody. Leave it empty to keep it.")
        if source is not None and is_lost(source.sealed_token):
            kept = _("The one that was set cannot be read any more (SECRET_KEY is another): set it again.")
        new = _("Token, password or client secret. It is encrypted, and never shown again.")
        self.fields["token"].help_text = kept if has_token else new
        self._fill(source)

    def _fill(self, source: Source | None) -> None:
        """What holds now; for a new source the defaults."""
        self.initial.update(self.adapter_part.initial(source.settings if source else {}))
        self.initial.update(self.transport_part.initial(source.transport if source else {}))
        self.initial.update({"audience_kind": CHOSEN if source and source.audience_key else HOME})
        self.show_audience(source.audience_expression if source and source.audience_key else Expression(all=()))
        if source is None or not source.audience_key:
            self.initial[f"{PREFIX}everyone"] = False
        if source is None:
            self.initial.setdefault("department", Department.objects.organisation())
            return
        self.initial.update({name: getattr(source, name) for name in PLAIN})
        self.initial["allowed_hosts"] = "\n".join(source.allowed_hosts)
        self.initial["reach"] = source.audience_roles
        self.initial["told"] = list(source.told.all())

    def clean(self) -> dict[str, Any]:
        """Errors of the schemas stand at their fields; the values are what the actions take."""
        cleaned = self.cleaned_data
        for part, name in ((self.adapter_part, "settings"), (self.transport_part, "transport")):
            if any(field in self.errors for field in part.names()):
                continue
            try:
                read = part.read(cleaned, getattr(self.source, name, {}))
            except ValidationError as error:
                self.refuse(error)
            else:
                cleaned[name] = read.model_dump(mode="json", exclude_defaults=name == "transport")
        cleaned["audience"] = self._audience(cleaned)
        if cleaned.get("token") and cleaned.get("token_remove"):
            self.add_error("token_remove", _("Give a new secret, or remove the one there is."))
        return cleaned

    def _audience(self, cleaned: dict[str, Any]) -> Expression | None:
        """None: the home department."""
        if cleaned.get("audience_kind") != CHOSEN:
            return None
        chosen = self.chosen_audience(cleaned)
        if chosen is None and self.source and self.source.audience_key:
            kept = self.source.audience_expression
            chosen = kept if decompose(kept) is None else None
        if chosen is None:
            self.add_error("audience_kind", _("Choose below whom its items are for."))
        return chosen

    def refuse(self, error: ValidationError) -> None:
        """Puts what was refused beside its field; what has none, above the form."""
        found = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        for name, texts in found.items():
            self.add_error(name if name in self.fields else None, texts)

    def wanted(self) -> dict[str, Any]:
        """The fields as the actions take them; of a source that is there only what changes."""
        given = {name: self.cleaned_data[name] for name in (*PLAIN, "audience", "told", "settings", "transport")}
        given["audience_roles"] = [role for role in Role.values if role in self.cleaned_data["reach"]]
        given["allowed_hosts"] = [host.lower() for host in given["allowed_hosts"]]
        if self.cleaned_data.get("token"):
            given["token"] = self.cleaned_data["token"]
        elif self.cleaned_data.get("token_remove"):
            given["token"] = ""
        if self.source is None:
            return given
        return {name: value for name, value in given.items() if value != self._present(name)}

    def _present(self, name: str) -> Any:
        assert self.source is not None
        if name == "audience":
            return self.source.audience_expression if self.source.audience_key else None
        if name == "told":
            return list(self.source.told.all())
        return None if name == "token" else getattr(self.source, name)

    @property
    def sections(self) -> list[Section]:
        """All fields, in the order of the page: what few need is folded away."""
        part, own = self.transport_part, self.adapter_part
        chosen = [name for name in self.fields if name.startswith(PREFIX) and name != "audience_kind"]
        usual = part.names(["login", "username"])
        # Where each field is comes first, how the source writes numbers and days last.
        writing = own.names(name for name in ValueSettings.model_fields if name in own.model.model_fields)
        reading = [name for name in own.names() if name not in writing]
        reading.sort(key=lambda name: (not isinstance(self.fields[name], MappingField), name == own.name("fixed")))
        return [
            self._section(_("What it is"), "", ["name", "slug", "department", "audience_kind", "told"]),
            self._section(
                _("Its audience"),
                _("Only if you chose so above, or for single items."),
                [*chosen, "reach"],
                folded=True,
            ),
            self._section(_("Where it comes from"), "", ["pull_from", "schedule", *usual, "token", "token_remove"]),
            self._section(
                _("More about fetching"),
                _("Hosts of the own network, when it is late or held, pages, limits, OAuth 2."),
                ["allowed_hosts", "stale_after", "hold_share", *(name for name in part.names() if name not in usual)],
                folded=True,
            ),
            self._section(_("How it is read"), "", reading),
            self._section(_("How it writes numbers and days"), "", writing, folded=True),
        ]

    def _section(self, title: str, text: str, names: list[str], *, folded: bool = False) -> Section:
        return Section(title, text, [self[name] for name in names if name in self.fields], folded)

    @property
    def address_warning(self) -> str:
        """What to do about an address that seems to hold a secret."""
        return warning(str(self["pull_from"].value() or ""))

    @property
    def problems(self) -> list[BoundField]:
        """The fields that have an error, for the summary above the form."""
        return [field for field in self if field.errors]
