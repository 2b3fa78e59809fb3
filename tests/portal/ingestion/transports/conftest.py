from __future__ import annotations

import json
from typing import Any

import pytest

from portal.ingestion.transports.settings import TransportSettings
from portal.testing.adapters import make_source
from tests.portal.ingestion.server import Handler, answer


def as_json(document: Any, status: int = 200, **headers: str) -> Handler:
    return answer(status, json.dumps(document).encode(), content_type="application/json", **headers)


@pytest.fixture
def transport():
    """Typed settings of how a source is read."""
    return lambda **fields: TransportSettings.model_validate(fields)


@pytest.fixture
def incoming(tmp_path, settings):
    settings.FOLKMOOT_DROP_DIR = tmp_path / "drop"
    place = tmp_path / "drop" / "lab" / "in"
    place.mkdir(parents=True)
    (tmp_path / "outside.csv").write_bytes(b"secret;secret\n")
    return place


@pytest.fixture
def dropped(incoming, emergency):
    def make(adapter="synthetic.news", **transport):
        return make_source(
            adapter, department=emergency, pull_from="lab/in/", schedule="* * * * *", transport=transport
        )

    return make
