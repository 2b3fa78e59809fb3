"""F1 to F3: the server is killed, paused or slow, comes back, and nothing was lost meanwhile."""

from __future__ import annotations

from portal.audience import tokens
from portal.audience.expressions import any_of
from portal.catalogue.actions import hide, remove
from portal.catalogue.models import Outbox
from search import sweeps
from search.conf import SEARCH_SECONDS
from tests.search.conftest import titles
from tests.search.faults.conftest import OURS, ask, thing, waiting, write


def database_takes_over() -> None:
    while sweeps.database():
        pass


def test_f1_f2_a_killed_server_costs_nothing_that_was_written(
    elasticsearch, server, organisation, alice, as_alice, catch_up, answered
):
    gone = thing("gone")
    write(gone, "Item gone")
    write(thing("kept"), "Item kept")
    catch_up()
    assert answered("item").count == 2
    server.kill()
    write(thing("new"), "Item new")
    remove(gone)
    database_takes_over()
    assert sweeps.elasticsearch() == 0
    assert set(Outbox.objects.filter(engine=OURS).values_list("attempts", "error")) == {(0, "")}
    result = ask(alice, "item")
    assert (sorted(titles(result)), result.engine, result.limited) == (["Item kept", "Item new"], "database", True)
    assert "The search service does not answer" in as_alice.get("/search/", {"q": "item"}).content.decode()
    assert not elasticsearch.status().ready
    server.restart()
    catch_up()
    assert sorted(titles(answered("item"))) == ["Item kept", "Item new"]
    assert elasticsearch.verify().differed == 0


def test_f3_a_paused_server_is_waited_for_once_and_no_longer_than_a_search_may_wait(
    elasticsearch, server, organisation, alice, catch_up, answered
):
    write(thing("a"), "Item found")
    catch_up()
    assert SEARCH_SECONDS < 1
    with server.paused():
        result = ask(alice, "item")
        assert (titles(result), result.engine, result.limited) == (["Item found"], "database", True)
        assert not elasticsearch.breaker.allows()  # the next search does not even ask
        assert ask(alice, "item").limited
    assert titles(answered("item")) == ["Item found"]


def test_f3_what_is_narrowed_while_the_server_is_paused_is_gone_at_once_and_after(
    elasticsearch, server, emergency, alice, charlie, catch_up, answered
):
    secret, restricted = thing("secret"), thing("restricted")
    write(secret, "Item secret")
    write(restricted, "Item restricted")
    catch_up()
    assert ask(charlie, "item").count == 2
    with server.paused():
        hide(secret)
        write(restricted, "Item restricted", audience=any_of(tokens.department(emergency)))
        database_takes_over()
        assert sweeps.elasticsearch() == 0
        assert ask(charlie, "item").count == 0
    # It answers again, and its index still holds what was: that is excluded, for everybody, until it is right.
    assert answered("item").count == 0
    result = answered("item", charlie)
    assert (result.count, result.facets["kind"]) == (0, {})
    catch_up()
    assert ask(charlie, "item").count == 0
    assert titles(answered("item")) == ["Item restricted"]
    assert elasticsearch.verify().differed == 0


def test_f3_a_paused_server_holds_the_worker_up_once_only(elasticsearch, server, organisation, alice, catch_up):
    write(thing("a"), "Item before")
    catch_up()
    write(thing("b"), "Item meanwhile")
    with server.paused():
        assert sweeps.elasticsearch() == 0
        assert not elasticsearch.writing.allows()
        assert sweeps.elasticsearch() == 0
        assert waiting() == 1
    catch_up()
    assert ask(alice, "item").count == 2


def test_a_slow_server_limits_searches_and_takes_every_write(
    elasticsearch, server, organisation, alice, catch_up, answered
):
    write(thing("a"), "Item 0")
    catch_up()
    with server.slow(stopped=SEARCH_SECONDS + 0.3):
        for number in range(1, 4):
            write(thing(f"t{number}"), f"Item {number}")
            database_takes_over()
            assert ask(alice, "item").count in {number, number + 1}  # of the engine that is behind, or not
            sweeps.elasticsearch()
        catch_up()
    assert answered("item").count == 4
    assert elasticsearch.verify().differed == 0


def test_a_server_that_lost_its_disk_is_filled_anew(elasticsearch, server, organisation, alice, catch_up, answered):
    for number in range(3):
        write(thing(f"t{number}"), f"Item {number}")
    catch_up()
    elasticsearch._writer.indices.delete(index=elasticsearch.status().note)
    result = ask(alice, "item")
    assert (result.count, result.engine, result.limited) == (3, "database", True)
    assert "being built" in result.reason
    elasticsearch.forget()  # it looks every few seconds
    assert sweeps.elasticsearch() > 0
    catch_up()
    assert answered("item").count == 3


def test_an_index_that_is_late_says_so_above_the_results(
    elasticsearch, server, organisation, alice, as_alice, catch_up, answered
):
    write(thing("a"), "Item old")
    catch_up()
    assert answered("item").count == 1
    write(thing("b"), "Item new")
    Outbox.objects.filter(engine=OURS).update(created_at="2026-01-01T00:00:00Z")
    elasticsearch.forget()  # it is remembered for a few seconds
    while (result := ask(alice, "item")).engine != OURS:
        pass
    assert (titles(result), result.limited) == (["Item old"], True)
    assert "minutes may be missing" in as_alice.get("/search/", {"q": "item"}).content.decode()
    catch_up()
    elasticsearch.forget()
    assert answered("item").count == 2
