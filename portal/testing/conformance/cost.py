"""Lists cost the same however long they are, and the gate costs no SQL at all."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.host import gate
from portal.testing.conformance.kit import CANARY, client_of, text_of
from portal.testing.conformance.leaks import Leaks
from portal.testing.plugin import House

MANY = 50
Statements = Counter[str]


class Cost(Leaks):
    def statements(self, client: Client, address: str) -> Statements:
        """What a warm page asks of the database; savepoints stand for transactions in a test and count no more."""
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return Counter(_shape(query["sql"]) for query in queries if "SAVEPOINT" not in query["sql"])

    def test_lists_cost_the_same_for_1_and_for_50_items(self, folkmoot_house: House, settings: Any) -> None:
        house = folkmoot_house
        settings.FOLKMOOT_STAMP_SECONDS = 3600  # else a page reads the stamps whenever it happens to be time
        self.fill(house)
        client, addresses = client_of(house.author), self.lists(house)
        one = {address: self.statements(client, address) for address in addresses}
        few = sum(text_of(client.get(address)).count(CANARY) for address in addresses)
        self.make_many(house, MANY - 1)
        self.catch_up()
        many = {address: self.statements(client, address) for address in addresses}
        assert _grown(one, many) == {}, "each item of a list costs statements of its own"
        shown = sum(text_of(client.get(address)).count(CANARY) for address in addresses)
        assert shown > few or not self.shown, "50 items are shown no more often than one: this test would prove nothing"

    def test_a_warm_gate_asks_no_database(self, folkmoot_house: House) -> None:
        house = folkmoot_house
        gate.is_on_for(self.plugin, house.author)
        with CaptureQueriesContext(connection) as queries:
            assert gate.is_on_for(self.plugin, house.author)
            assert gate.is_on_in(self.plugin, house.department)
            gate.closed_for(house.author)
        assert len(queries) == 0


def _shape(sql: str) -> str:
    """The statement without its values and without how many there are in a list."""
    plain = re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", sql)
    return re.sub(r"\?(?:, ?\?)+", "?", plain)


def _grown(one: dict[str, Statements], many: dict[str, Statements]) -> dict[str, tuple[int, int, list[str]]]:
    """By address: the numbers for 1 and for 50, and the statements there are more of."""
    return {
        address: (one[address].total(), many[address].total(), [f"{n}x {sql}" for sql, n in more.most_common(3)])
        for address in one
        if many[address].total() != one[address].total()
        for more in [many[address] - one[address]]
    }
