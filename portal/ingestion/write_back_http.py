"""The way out for what is written back: the source's own log-in and guard, and a note of what may have arrived."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from portal.ingestion import adapters
from portal.ingestion.fetch import Fetcher, FetchError, Limits, Request
from portal.ingestion.models import Source, WriteBack
from portal.ingestion.sealing import SealBroken
from portal.ingestion.transports.address import filled, forms_of, takes_secret
from portal.ingestion.transports.login import login_for

LIMITS = Limits(seconds=20, size=4 * 1024 * 1024, tries=2, patience=2)
SUCCESS = (200, 201, 202, 204)
JSON = "application/json"


class Channel:
    """JSON to and from a source, for one try of one write-back; all of its requests share one deadline.

    Before anything that changes the other system is sent, the write-back is marked as uncertain, committed: whatever
    happens then, the next try finds `write_back.uncertain` and has to ask first. Only an answer that refuses (4xx)
    takes the mark away again.
    """

    def __init__(self, source: Source, write_back: WriteBack) -> None:
        self._write_back = write_back
        try:
            self._secret = source.token
        except SealBroken as error:
            raise FetchError(str(error)) from error
        self._home, settings = adapters.get(source.adapter).pulled(source)
        self._in_address = takes_secret(self._home)
        self._login = None if self._in_address else login_for(settings, self._secret, source.allowed_hosts, LIMITS)
        self._fetcher = Fetcher(source.allowed_hosts, LIMITS)

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *_details: object) -> None:
        self._fetcher.close()

    def get(self, url: str, **parameters: str | int) -> Any:
        """The document at an address. Raises FetchError, with the status that was answered."""
        return self._ask(Request(url=f"{url}?{urlencode(parameters)}" if parameters else url))

    def post(self, url: str, document: Any) -> Any:
        """Sends a document; the answer's, None without. Raises FetchError, with the status that was answered."""
        was = self._write_back.uncertain
        self._mark(True)
        body = json.dumps(document).encode()
        try:
            return self._ask(Request(url=url, method="POST", content=body, content_type=JSON))
        except FetchError as error:
            if 400 <= error.status < 500 and error.status != 408:
                self._mark(was)
            raise

    def _mark(self, uncertain: bool) -> None:
        self._write_back.uncertain = uncertain
        self._write_back.save(update_fields=["uncertain"])

    def _ask(self, request: Request) -> Any:
        request = Request(
            url=filled(request.url, self._secret) if self._in_address else request.url,
            secrets=forms_of(self._secret) if self._in_address else (),
            method=request.method,
            content=request.content,
            content_type=request.content_type,
            login=self._login,
            login_url=self._home,
            content_types=(JSON,),
            statuses=SUCCESS,
        )
        try:
            body = self._fetcher.fetch(request).body
        except FetchError as error:
            if (told := error.without([self._secret])) is not error:
                raise told from None
            raise
        assert body is not None
        with body:
            return _document(body.read())


def _document(content: bytes) -> Any:
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FetchError(_("The source does not answer with whole JSON.")) from error
