"""Items that cannot be used cost themselves only, are kept once, and close when they come right."""

from __future__ import annotations

from portal.ingestion import actions, batches, runner
from portal.ingestion.models import RejectedItem, Run
from portal.testing.adapters import deliver
from tests.portal.ingestion.synthetic import TWO, NewsAdapter


def open_rejections(source):
    return [(r.position, r.external_id) for r in source.rejected_items.filter(state="open")]


def test_an_item_that_is_refused_keeps_its_last_good_value(source, texts, moment):
    deliver(source, TWO, sent_at=moment(1))
    run = deliver(source, b"a;one\nb;bad\n", sent_at=moment(2))
    assert run.counts["missing"] == 0
    assert texts() == {"a": "one", "b": "two"}


def test_nothing_is_called_missing_while_it_may_be_the_refused_item(source, texts, moment):
    deliver(source, TWO, sent_at=moment(1))
    deliver(source, b"a;one\nnonsense\n", sent_at=moment(2))
    assert texts() == {"a": "one", "b": "two"}


def test_a_poison_item_first_costs_itself_only(source, texts):
    run = deliver(source, b"p;poison\n" + TWO)
    assert run.state == Run.State.DONE
    assert texts() == {"a": "one", "b": "two"}
    rejected = source.rejected_items.get()
    assert (rejected.external_id, rejected.reason) == ("p", "this text cannot be stored")
    assert (run.counts["rejected"], run.counts["new"]) == (1, 2)


def test_a_machine_at_fault_is_not_blamed_on_the_items(source, monkeypatch):
    monkeypatch.setattr(batches, "MOST_POISON", 2)
    run = deliver(source, b"".join(b"p%d;poison\n" % number for number in range(5)))
    assert run.state == Run.State.FAILED
    assert not source.rejected_items.exists()


def test_a_rejected_item_is_kept_once_and_closed_when_it_comes_right(source, moment):
    deliver(source, b"x;bad\n" + TWO, sent_at=moment(1))
    assert deliver(source, b"x;bad\n" + TWO, sent_at=moment(2)).state == Run.State.DONE
    assert open_rejections(source) == [("row 1", "x")]
    deliver(source, b"x;good\n" + TWO, sent_at=moment(3))
    assert source.rejected_items.get().state == RejectedItem.State.REPLAYED


def test_a_rejected_item_that_is_gone_at_the_source_is_dropped(source, moment):
    deliver(source, b"x;bad\n" + TWO, sent_at=moment(1))
    deliver(source, TWO, sent_at=moment(2))
    assert source.rejected_items.get().state == RejectedItem.State.DROPPED


def test_a_rejected_item_stays_open_while_only_news_arrive(news, moment):
    deliver(news, b"x;bad\n", sent_at=moment(1))
    deliver(news, TWO, sent_at=moment(2))
    assert open_rejections(news) == [("row 1", "x")]


def test_rejected_items_go_in_after_the_adapter_was_mended(news, texts, monkeypatch, moment):
    deliver(news, b"x;bad\ny;bad\n", sent_at=moment(1))
    deliver(news, b"x;newer\n", sent_at=moment(2))
    with monkeypatch.context() as patch:
        patch.setattr(NewsAdapter, "read", _read_everything)
        assert actions.replay(news, acting_person=None) == 1
        assert runner.run_waiting() == 1
    assert texts() == {"x": "newer", "y": "bad"}
    assert {item.state for item in news.rejected_items.all()} == {RejectedItem.State.REPLAYED}


def _read_everything(self, payload, source):
    from tests.portal.ingestion.synthetic import Line

    for line in payload:
        name, _sign, text = line.decode().strip().partition(";")
        yield Line(external_id=name, text=text)


def test_a_rejection_with_bytes_no_database_stores_is_kept(source):
    deliver(source, b"a\x00b\n" + TWO)
    assert source.rejected_items.get().raw == "a\ufffdb"
