"""Sources that read a local server which speaks Jira's documented API."""

from __future__ import annotations

import pytest

from plugins.tasks.tests.jira.steps import made
from plugins.tasks.tests.jira_server import Jira
from tests.portal.ingestion.server import serving


@pytest.fixture
def jira():
    with serving() as local:
        yield Jira(local)


@pytest.fixture(params=["cloud", "data_center"])
def source(request, jira, emergency, bob):
    return made(jira, emergency, request.param)


@pytest.fixture
def cloud(jira, emergency, bob):
    return made(jira, emergency, "cloud")


@pytest.fixture
def data_center(jira, emergency, bob):
    return made(jira, emergency, "data_center")
