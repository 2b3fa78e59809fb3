"""Sources at fault, served by a real server: the last good values stay, and the next good answer goes in."""

from __future__ import annotations

import gzip
import time
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from portal.ingestion import actions, pull, runner
from portal.ingestion.models import Source
from portal.testing.adapters import make_source
from tests.portal.ingestion.server import answer

GOOD = answer(body=b"a;one\nb;two\n", content_type="text/csv")


def stream(pieces, *, pause=0.0, status=200, **headers):
    """An answer without a declared length, piece by piece."""

    def handle(request):
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        for piece in pieces:
            request.wfile.write(piece)
            request.wfile.flush()
            time.sleep(pause)

    return handle


def without_end(piece):
    while True:
        yield piece


def soon():
    return format_datetime(timezone.now() + timedelta(hours=1), usegmt=True)


# Fault -> what the source does, and what is said of it.
FAULTS = {
    "slow": (lambda request: time.sleep(1.5), "too slow"),
    "dripping": (stream(without_end(b"c;three\n"), pause=0.1), "too slow"),
    "endless": (stream(without_end(b"c;three\n" * 10_000)), "sends more than|too slow"),
    "huge": (stream([b""], content_length="5000000000000"), "cannot be reached|too slow"),
    "half": (stream([b"a;new\nb;ne"], content_length="100"), "cannot be reached|too slow"),
    "packed": (answer(body=gzip.compress(b"c;0\n" * 10**6), content_encoding="gzip"), "packed"),
    "log-in page": (answer(body=b"<html>", content_type="text/html"), "text/html instead of text/csv"),
    "no encoding": (answer(body=b"c;\xff\xfe\n", content_type="text/csv"), "UnicodeDecodeError"),
    "broken": (answer(body=b"a;new\nBROKEN\n", content_type="text/csv"), "row 2"),
    "busy": (answer(429, retry_after="3600"), "429"),
    "down": (lambda request: answer(503, retry_after=soon())(request), "503"),
    "redirect loop": (answer(302, location="/"), "too often"),
    "redirect inside": (answer(302, location="http://169.254.169.254/latest/meta-data/"), "private network"),
    "gone": (answer(410), "410"),
    "empty status": (lambda request: request.wfile.write(b"\r\n\r\n"), "cannot be reached|too slow"),
    "no HTTP": (lambda request: request.wfile.write(b"220 mail.example ESMTP\r\n"), "cannot be reached|too slow"),
}


@pytest.fixture
def pulled(local, emergency):
    local.answers["/"] = GOOD
    return make_source(
        "synthetic.lines",
        department=emergency,
        pull_from=local.url(),
        schedule="0 0 1 1 *",
        allowed_hosts=[local.host],
        transport={"max_megabytes": 1},
    )


def limit(source, **transport):
    Source.objects.filter(pk=source.pk).update(transport={"max_megabytes": 1, **transport})


def due(source):
    """Time passes: the source is pulled, and what came of it applied."""
    Source.objects.filter(pk=source.pk).update(next_run_at=timezone.now() - timedelta(seconds=1))
    source.deliveries.update(retry_at=None)
    assert pull.run_due() == 1
    runner.run_waiting()
    source.refresh_from_db()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_keeps_the_last_good_values_and_passes(pulled, local, texts, fault):
    due(pulled)
    good, fresh = {"a": "one", "b": "two"}, pulled.last_success_at
    local.answers["/"], words = FAULTS[fault]
    # Only where time itself is the fault: a busy machine takes longer than that for an answer without one.
    limit(pulled, **({"max_seconds": 1} if "too slow" in words else {}))
    due(pulled)
    limit(pulled)
    assert texts() == good
    assert pulled.last_success_at == fresh
    assert pulled.last_error
    assert any(word in pulled.last_error for word in words.split("|")), pulled.last_error
    local.answers["/"] = answer(body=b"a;new\nb;two\n", content_type="text/csv")
    due(pulled)
    while runner.run_waiting():  # a delivery that could not be read waits before it
        pass
    pulled.refresh_from_db()
    assert texts() == {"a": "new", "b": "two"}
    assert (pulled.last_error, pulled.failures) == ("", 0)
    assert pulled.records.count() == 2


def test_how_long_a_source_may_be_left_alone_is_bounded(pulled, local):
    local.answers["/"] = answer(503, retry_after="999999999")
    due(pulled)
    assert timezone.now() + timedelta(hours=23) < pulled.next_run_at <= timezone.now() + timedelta(hours=24)


def test_a_secret_that_was_changed_at_the_source_is_told_and_the_new_one_tried_at_once(pulled, local, texts):
    valid = ["Bearer first"]

    def guarded(request):
        (GOOD if request.headers.get("Authorization") == valid[0] else answer(401))(request)

    local.answers["/"] = guarded
    actions.update_source(pulled, token="first", acting_person=None)
    assert pull.run_due() + runner.run_waiting() == 2
    valid[0] = "Bearer second"
    due(pulled)
    assert "set the token again" in pulled.last_error
    assert pulled.next_run_at > timezone.now()
    actions.update_source(pulled, token="second", acting_person=None)
    assert pull.run_due() == 1
    pulled.refresh_from_db()
    assert pulled.failures == 0


def test_a_clock_that_is_set_back_loses_nothing_of_what_is_fetched(pulled, local, texts, monkeypatch):
    real = timezone.now
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: real() + timedelta(hours=2))
        due(pulled)
    assert texts() == {"a": "one", "b": "two"}
    local.answers["/"] = answer(body=b"a;later\n", content_type="text/csv")
    due(pulled)
    assert texts() == {"a": "later", "b": "two (missing)"}


def test_the_secrets_of_a_source_sealed_under_another_key_are_asked_for_again(pulled, local, settings, texts):
    actions.update_source(pulled, token="first", acting_person=None)
    settings.SECRET_KEY = "another" * 10
    due(pulled)
    assert "set it again" in pulled.last_error
    assert local.seen == []
    actions.update_source(pulled, name="the same, renamed", acting_person=None)
    actions.update_source(pulled, token="first", acting_person=None)
    due(pulled)
    assert texts() == {"a": "one", "b": "two"}
