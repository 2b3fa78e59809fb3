"""Lists cost the same however long they are, and the gate costs no SQL at all."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.host import gate
from portal.testing.conformance.kit import CANARY, client_of, text_of
from portal.testing.conformance.leaks import Leaks
from portal.testing.plugin import House

MANY = 50


@dataclass(frozen=True)
class Read:
    statements: Counter[str]
    shown: int


class Cost(Leaks):
    def read(self, client: Client, addresses: list[str]) -> dict[str, Read]:
        """What warm pages ask of the database, and how often each shows the canary.

        Savepoints stand for transactions in a test and are not counted.
        """
        found = {}
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                response = client.get(address)
            asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
            found[address] = Read(Counter(map(_shape, asked)), text_of(response).count(CANARY))
        return found

    def test_lists_cost_the_same_for_1_and_for_50_items(self, folkmoot_house: House, settings: Any) -> None:
        house = folkmoot_house
        settings.FOLKMOOT_STAMP_SECONDS = 3600  # else a page reads the stamps whenever it happens to be time
        self.fill(house)
        client, addresses = client_of(house.author), self.lists(house)
        one = self.read(client, addresses)
        self.make_many(house, MANY - 1)
        self.catch_up()
        many = self.read(client, addresses)
        assert _grown(one, many) == {}, "each item of a list costs statements of its own"
        grew = any(many[address].shown > one[address].shown for address in addresses)
        assert grew or not self.shown, "50 items are shown no more often than one: this test would prove nothing"

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


def _grown(one: dict[str, Read], many: dict[str, Read]) -> dict[str, tuple[int, int, list[str]]]:
    """By address: the numbers for 1 and for 50, and the statements there are more of."""
    grown = {}
    for address in one:
        before, after = one[address].statements, many[address].statements
        if after.total() > before.total():  # fewer: of many alike no quick answer names one
            more = [f"{number}x {sql}" for sql, number in (after - before).most_common(3)]
            grown[address] = (before.total(), after.total(), more)
    return grown
