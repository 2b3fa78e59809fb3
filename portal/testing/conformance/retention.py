"""Off changes nothing: no row differs after off and on again, whatever was tried meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.test import Client

from portal.catalogue.models import Entry
from portal.catalogue.rebuilding import rebuild
from portal.host import rules
from portal.ingestion.models import Delivery
from portal.ingestion.webhook import signature_of
from portal.testing.conformance.kit import Kit, client_of
from portal.testing.conformance.rows import own_models, rows_of, same
from portal.testing.plugin import House

if TYPE_CHECKING:
    from portal.ingestion.models import Source


# When and how often an entry was written, and what the indexes have to take over.
WRITTEN = frozenset({"version", "updated_at"})


class Retention(Kit):
    def dump(self) -> dict[str, Any]:
        return rows_of(self.plugin)

    def content(self) -> dict[str, Any]:
        """The rows of the plugin's own tables alone."""
        own = {model._meta.label for model in own_models(self.plugin)}
        return {label: rows for label, rows in self.dump().items() if label in own}

    def test_its_rows_give_the_same_entries_again(self, folkmoot_house: House) -> None:
        self.fill(folkmoot_house)
        entries = Entry.objects.filter(plugin=self.plugin)
        before = rows_of(self.plugin, without=WRITTEN)
        done = rebuild(self.installed)
        assert done.failed == []
        assert done.written == entries.count(), "cards.rebuild does not give just the rows that have an entry"
        same(before, rows_of(self.plugin, without=WRITTEN))

    def send(self, source: Source, body: bytes) -> Delivery:
        """The payload as the other system sends it: signed, through the site."""
        moment = str(int(time.time()))
        signature = signature_of(source.secrets[0], moment, body)
        headers = {"X-Folkmoot-Timestamp": moment, "X-Folkmoot-Signature": signature}
        kind = "application/octet-stream"
        response = Client().post(f"/ingest/{source.slug}/", body, content_type=kind, headers=headers)
        assert response.status_code == 202, response.content
        return Delivery.objects.get(receipt=response.json()["receipt"])

    def test_off_and_on_again_leaves_every_row_as_it_was(self, folkmoot_house: House) -> None:
        house = folkmoot_house
        self.fill(house)
        before = self.dump()
        assert any(before.values()), "make() made nothing"
        self.switch(house.organisation, rules.FORCED_OFF)
        self.attempts(client_of(house.author))
        same(before, self.dump())
        self._refuses_to_make(house)
        self.catch_up()
        same(before, self.dump())
        self.switch(house.organisation, rules.ON)
        self.catch_up()
        same(before, self.dump())

    def _refuses_to_make(self, house: House) -> None:
        try:
            with transaction.atomic():
                self.make(house.author, house.department)
        except Exception:  # whichever refusal it is: PluginOff, or a delivery that is not run
            return
        raise AssertionError("make() worked while off: the plugin's actions do not ask the gate")

    def test_what_is_delivered_while_off_is_kept_and_applied_once_on(self, folkmoot_house: House) -> None:
        house = folkmoot_house
        self.fill(house)
        sample = self.deliver(house)
        if sample is None:
            return  # no adapters: nothing can be delivered
        source, body = sample
        before, content = self.dump(), self.content()
        self.switch(house.organisation, rules.FORCED_OFF)
        delivery = self.send(source, body)
        self.catch_up()
        delivery.refresh_from_db()
        assert delivery.state == Delivery.State.WAITING
        same(before, self.dump())
        self.switch(house.organisation, rules.ON)
        same(before, self.dump())
        self.catch_up()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.error) == (Delivery.State.APPLIED, "")
        assert self.content() != content, "the delivery was applied and changed nothing: let deliver() bring something"
