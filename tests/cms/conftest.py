"""The tree of sections, and an editor of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cms.models import NewsPage
from cms.setup import Tree, ensure_tree
from portal.host.registry import registry
from portal.people.models import Department, Person
from tests.cast import logged_in
from tests.cms.plugin_blocks import SLUG, Contributed, DishBlock, forget_blocks


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Any) -> None:
    """Stored files go with the test."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def tree(organisation: Department) -> Tree:
    return ensure_tree(organisation)


@pytest.fixture
def editor(alice: Person, tree: Tree) -> Person:
    """Alice, who may edit in Wagtail."""
    alice.groups.add(tree.editors)
    alice.refresh_from_db()
    return alice


@pytest.fixture
def as_editor(editor: Person) -> Client:
    return logged_in(editor)


@pytest.fixture
def dishes(monkeypatch):
    """The plugin brings a block, until `remove`."""
    contributions = registry.get(SLUG).contributions
    monkeypatch.setattr(contributions, "blocks", {"dish": DishBlock()})
    body = NewsPage._meta.get_field("body").stream_block
    forget_blocks(body)
    yield Contributed(contributions, body)
    monkeypatch.undo()
    forget_blocks(body)


@pytest.fixture
def news(tree):
    return tree.news
