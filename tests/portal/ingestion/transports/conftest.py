from __future__ import annotations

import json
from typing import Any

import pytest

from portal.ingestion.transports.settings import TransportSettings
from tests.portal.ingestion.server import Handler, answer


def as_json(document: Any, status: int = 200, **headers: str) -> Handler:
    return answer(status, json.dumps(document).encode(), content_type="application/json", **headers)


@pytest.fixture
def transport():
    """Typed settings of how a source is read."""
    return lambda **fields: TransportSettings.model_validate(fields)
