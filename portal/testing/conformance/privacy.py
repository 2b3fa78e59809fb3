"""What the plugin holds about a person is told and forgotten, on or off."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model

from portal.catalogue.models import Entry
from portal.host import rules
from portal.host.archive.contents import person_columns
from portal.host.privacy import erase_person, export_person
from portal.testing.conformance.kit import CANARY, Kit
from portal.testing.conformance.rows import own_models
from portal.testing.plugin import House

Named = dict[tuple[type[Model], str], list[Any]]


class Privacy(Kit):
    def test_what_it_holds_about_a_person_is_exported_while_off(self, folkmoot_house: House) -> None:
        house = folkmoot_house
        self.fill(house)
        self.switch(house.organisation, rules.FORCED_OFF)
        told = json.dumps(export_person(house.author)[self.plugin], default=str, ensure_ascii=False)
        if any(self.named(house.author).values()):
            assert CANARY in told, "rows name the author, but the export does not tell what they say"

    def test_a_person_is_forgotten_while_off(self, folkmoot_house: House) -> None:
        house = folkmoot_house
        self.fill(house)
        self.switch(house.organisation, rules.FORCED_OFF)
        named = self.named(house.author)
        erase_person(house.author, acting_person=None)
        assert [f"{model._meta.label}.{name}" for (model, name), keys in self.named(house.author).items() if keys] == []
        for (model, name), keys in named.items():
            self._became_what_was_declared(model, name, keys)
        for word in (house.author.username, house.author.email, house.author.display_name):
            assert self.mentions(word) == [], f"the erased person's {word!r} can still be read"
        again = json.dumps(export_person(house.author).get(self.plugin, {}), default=str, ensure_ascii=False)
        assert CANARY not in again

    def named(self, person: Any) -> Named:
        """The keys of the plugin's rows that name the person, by model and column."""
        person_model, found = get_user_model(), {}
        for model in own_models(self.plugin):
            for field in model._meta.concrete_fields:
                if field.related_model is person_model:
                    rows = model._base_manager.filter(**{field.name: person})
                    found[model, field.attname] = list(rows.values_list("pk", flat=True))
        return found

    def _became_what_was_declared(self, model: type[Model], name: str, keys: list[Any]) -> None:
        """An archive forgets by `person_columns` what the plugin itself forgets by `erase`: they must agree."""
        action = person_columns(self.installed).get(model._meta.label_lower, {}).get(name, "drop")
        left = list(model._base_manager.filter(pk__in=keys).values())
        if action == "drop":
            assert left == [], f"person_columns drops rows of {model._meta.label} by {name}, erase() keeps them"
            return
        wanted = {name: None} | (action if isinstance(action, dict) else {})
        for row in left:
            became = {column: str(row[column]) for column in wanted}
            declared = {column: str(value) for column, value in wanted.items()}
            assert became == declared, f"{model._meta.label}: person_columns and erase() do not agree"

    def mentions(self, word: str) -> list[str]:
        """Columns of the plugin's rows, and of its entries, in which the word can be read."""
        querysets = [*(model._base_manager.all() for model in own_models(self.plugin))]
        querysets.append(Entry.objects.filter(plugin=self.plugin))
        found = {
            f"{queryset.model._meta.label}.{column}"
            for queryset in querysets
            for row in queryset.values()
            for column, value in row.items()
            if isinstance(value, str | dict | list) and word.lower() in str(value).lower()
        }
        return sorted(found)
