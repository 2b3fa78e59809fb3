"""After a change of SECRET_KEY: nobody can read what was sealed, and every page says what to do."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from portal.ingestion import actions
from portal.ingestion.models import Source
from tests.portal.ingestion.console.conftest import text

ONE = "/admin/sources/source/todo/"
SECRET = f"{ONE}secret/"


@pytest.fixture
def lost(tasks, as_ida, settings):
    """The source's secrets are sealed under another key; Ida is logged in anew under the one of now."""
    actions.update_source(tasks, token="geheim-42", acting_person=None)
    other = settings.SECRET_KEY
    settings.SECRET_KEY = "another" * 10
    sealed = Source(slug="x")
    sealed.secrets, sealed.token = ["unreadable"], "unreadable"
    settings.SECRET_KEY = other
    Source.objects.update(sealed_secrets=sealed.sealed_secrets, sealed_token=sealed.sealed_token)
    return Source.objects.get(slug="todo")


def test_rotating_a_lost_push_secret_says_to_end_all_others(lost, as_ida):
    answer = as_ida.post(SECRET, {"change": "rotate", "sure": "1"})
    assert answer.status_code == 422
    assert "end all others instead" in text(answer)
    assert Source.objects.get().sealed_secrets == lost.sealed_secrets
    with pytest.raises(CommandError, match="end all others instead"):
        call_command("ingest", "secret", "todo", "--rotate")


def test_the_page_of_a_lost_push_secret_offers_only_what_can_work(lost, as_ida):
    page = text(as_ida.get(SECRET))
    assert "whatever is sent is refused" in page
    assert 'value="rotate"' not in page
    assert as_ida.post(SECRET, {"change": "reset", "sure": "1"}).status_code == 200
    assert Source.objects.get().secrets
    assert 'value="rotate"' in text(as_ida.get(SECRET))


def test_a_lost_token_is_not_called_set(lost, as_ida):
    for address in (ONE, f"{ONE}edit/"):
        assert "cannot be read any more (SECRET_KEY is another): set it again" in text(as_ida.get(address))
    actions.update_source(lost, token="anew", acting_person=None)
    assert "cannot be read" not in text(as_ida.get(ONE))


def test_a_secret_in_the_address_is_hidden_on_the_page_and_warned_of_in_the_form(tasks, as_ida):
    actions.update_source(tasks, pull_from="https://x.example/list.csv?key=geheim", acting_person=None)
    page = text(as_ida.get(ONE))
    assert "https://x.example/list.csv?key=…" in page
    assert "key=geheim" not in page
    for address in (ONE, f"{ONE}edit/"):
        assert "This address seems to hold a secret" in text(as_ida.get(address))
    actions.update_source(tasks, pull_from="https://x.example/list.csv?key={token}", token="t", acting_person=None)
    assert "https://x.example/list.csv?key={token}" in text(as_ida.get(ONE))
    for address in (ONE, f"{ONE}edit/"):
        assert "This address seems to hold a secret" not in text(as_ida.get(address))
