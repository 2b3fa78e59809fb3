"""Documents on pages, with their texts read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from wagtail.documents.models import Document

from cms.documents.extracting import extract_next
from cms.setup import Tree
from tests.cms import factories as make
from tests.portal.extraction import files
from tests.search.conftest import HAS_ELASTICSEARCH, catch_up, elasticsearch  # noqa: F401  fixtures


@pytest.fixture(autouse=True)
def own_index(request: Any) -> None:
    """On the stack with Elasticsearch an index that nobody else has."""
    if HAS_ELASTICSEARCH:
        request.getfixturevalue("elasticsearch")


Upload = Callable[..., Document]


@pytest.fixture
def upload(db: None) -> Upload:
    """A document of these pages of a PDF, or of these bytes."""

    def made(
        *pages: str, title: str = "Handbook", name: str = "handbook.pdf", content: bytes = b"", **fields: Any
    ) -> Any:
        return Document.objects.create(title=title, file=ContentFile(content or files.pdf(*pages), name), **fields)

    return made


@pytest.fixture
def read_all() -> Callable[[], None]:
    """What the worker does until no document waits."""

    def run() -> None:
        while extract_next():
            pass

    return run


@pytest.fixture
def shown_on(tree: Tree) -> Callable[..., Any]:
    """A page that shows these documents."""

    def made(*documents: Document, title: str = "Rules", **fields: Any) -> Any:
        body = [("document", {"document": document, "label": ""}) for document in documents]
        return make.page(tree.news, title, body=body, **fields)

    return made
