"""Plugins, or platforms, that lose or change what they keep: the kit says so."""

from __future__ import annotations

import pytest

from plugins.microblog import actions, privacy
from plugins.microblog.models import Post
from portal.host import changes, gate
from portal.host.archive import restoring
from portal.ingestion import runner
from portal.jobs import sweep
from portal.testing.conformance import CANARY, archives, schema


@pytest.fixture
def on_switching(monkeypatch):
    """What a plugin does when IT switches it."""
    apply = changes.apply

    def does(something):
        def applied(*args, **kwargs):
            something()
            return apply(*args, **kwargs)

        monkeypatch.setattr(changes, "apply", applied)

    return does


@pytest.fixture
def open_gate(monkeypatch):
    """The microblog's actions and views ask nobody."""
    monkeypatch.setattr(gate, "is_on_for", lambda slug, person: True)
    monkeypatch.setattr(gate, "is_on_in", lambda slug, department: True)
    monkeypatch.setattr("portal.middleware.is_on_for", lambda slug, person: True)


def test_switching_that_deletes(posts, folkmoot_house, on_switching):
    on_switching(lambda: Post.objects.all().delete())
    with pytest.raises(AssertionError, match=r"microblog\.Post \d+ is gone"):
        posts.test_off_and_on_again_leaves_every_row_as_it_was(folkmoot_house)


def test_switching_that_changes_one_column(posts, folkmoot_house, on_switching):
    on_switching(lambda: Post.objects.update(type="idea"))
    with pytest.raises(AssertionError, match="type: 'post' -> 'idea'"):
        posts.test_off_and_on_again_leaves_every_row_as_it_was(folkmoot_house)


def test_writes_that_ask_no_gate(posts, folkmoot_house, open_gate):
    with pytest.raises(AssertionError, match=r"microblog\.Post"):
        posts.test_off_and_on_again_leaves_every_row_as_it_was(folkmoot_house)


def test_actions_that_ask_no_gate(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(actions, "gate", type("NoGate", (), {"require": print, "require_in": print}))
    with pytest.raises(AssertionError, match="do not ask the gate"):
        posts.test_off_and_on_again_leaves_every_row_as_it_was(folkmoot_house)


def test_a_kit_that_makes_nothing(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(posts, "make", lambda author, department: None)
    with pytest.raises(AssertionError, match="made nothing"):
        posts.test_off_and_on_again_leaves_every_row_as_it_was(folkmoot_house)


def test_a_delivery_applied_while_off(figures, folkmoot_house, monkeypatch):
    monkeypatch.setattr(runner, "may_run", lambda source: True)
    with pytest.raises(AssertionError, match="waiting"):
        figures.test_what_is_delivered_while_off_is_kept_and_applied_once_on(folkmoot_house)


def test_a_delivery_never_applied(figures, folkmoot_house, monkeypatch):
    monkeypatch.setattr(runner, "run_waiting", lambda: 0)
    monkeypatch.setattr(figures, "catch_up", lambda: None)
    with pytest.raises(AssertionError, match="APPLIED"):
        figures.test_what_is_delivered_while_off_is_kept_and_applied_once_on(folkmoot_house)


def test_a_worker_that_comes_to_no_end(posts, folkmoot_house, monkeypatch):
    monkeypatch.setitem(sweep._sweeps, "endless", sweep.Sweep("endless", lambda: 1, 1))
    with pytest.raises(AssertionError, match="still finds something"):
        posts.fill(folkmoot_house)


def test_an_adapter_without_a_sample(figures, folkmoot_house, monkeypatch):
    monkeypatch.delattr(type(figures), "deliver")
    with pytest.raises(NotImplementedError, match="override deliver"):
        figures.test_what_is_delivered_while_off_is_kept_and_applied_once_on(folkmoot_house)


def test_an_archive_that_brings_no_rows_back(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(restoring, "insert", lambda model, rows: None)
    for test in (
        posts.test_retired_it_is_gone_and_restored_it_is_equal,
        posts.test_exported_and_purged_it_is_restored_equal,
    ):
        with pytest.raises(AssertionError, match=r"microblog\.Post"):
            test(folkmoot_house, None)


def test_retiring_that_leaves_rows(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr("portal.host.archive.schema.empty", lambda models: None)
    with pytest.raises(AssertionError, match=r"microblog\.Post"):
        posts.test_retired_it_is_gone_and_restored_it_is_equal(folkmoot_house, None)


def test_models_ahead_of_their_migrations(posts, db, settings):
    settings.MIGRATION_MODULES = {"microblog": "tests.portal.testing.behind"}
    with pytest.raises(AssertionError, match="Add field edited_at to post"):
        posts.test_its_migrations_match_its_models(None)


def test_a_column_that_the_database_lacks(posts, db, monkeypatch):
    there = schema.columns
    monkeypatch.setattr(schema, "columns", lambda tables: {t: c - {"text"} for t, c in there(tables).items()})
    with pytest.raises(AssertionError, match="microblog_post"):
        posts.test_its_migrations_match_its_models(None)


def test_tables_that_stay(posts, db, monkeypatch):
    monkeypatch.setattr(schema, "call_command", lambda *args, **kwargs: None)
    with pytest.raises(AssertionError, match="left"):
        posts.test_its_migrations_lead_from_zero_to_the_models_and_back(None)


def test_a_plugin_that_forgets_nobody(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(privacy, "erase", lambda person, acting_person: 0)
    with pytest.raises(AssertionError, match=r"microblog\.Post\.author_id"):
        posts.test_a_person_is_forgotten_while_off(folkmoot_house)


def test_a_plugin_that_keeps_rows_its_archives_drop(posts, folkmoot_house, monkeypatch):
    forgets = lambda person, acting_person: Post.objects.update(author=None)  # noqa: E731
    monkeypatch.setattr(privacy, "erase", forgets)
    with pytest.raises(AssertionError, match="person_columns"):
        posts.test_a_person_is_forgotten_while_off(folkmoot_house)


def test_a_name_that_stays_in_a_text(posts, folkmoot_house, monkeypatch):
    def make(author, department):
        actions.publish_post(f"{CANARY} {author.username}", acting_person=author, department=department)

    monkeypatch.setattr(posts, "make", make)
    monkeypatch.setattr(privacy, "person_columns", {"microblog.post": {"author_id": "null"}})
    monkeypatch.setattr(privacy, "erase", lambda person, acting_person: Post.objects.update(author=None))
    with pytest.raises(AssertionError, match="can still be read"):
        posts.test_a_person_is_forgotten_while_off(folkmoot_house)


def test_a_plugin_that_does_not_tell_what_it_holds(posts, folkmoot_house, monkeypatch):
    monkeypatch.setattr(privacy, "export", lambda person: {"posts": 1})
    with pytest.raises(AssertionError, match="does not tell"):
        posts.test_what_it_holds_about_a_person_is_exported_while_off(folkmoot_house)


def test_what_is_compared(posts, folkmoot_house):
    """All but the number that tells the indexes of a change."""
    posts.fill(folkmoot_house)
    (entry,) = posts.kept()["catalogue.Entry"]
    assert set(posts.dump()["catalogue.Entry"][0]) - set(entry) == archives.MOVES
    assert {"microblog.Post", "timeline.Activity", "comments.Comment"} <= set(posts.kept())
