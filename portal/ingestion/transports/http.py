"""A source that is fetched by HTTP, as its settings say."""

from __future__ import annotations

from django.utils.translation import gettext as _

from portal.ingestion import adapters
from portal.ingestion.fetch import Fetched, Fetcher, FetchError, Limits, Request
from portal.ingestion.models import Source
from portal.ingestion.sealing import SealBroken
from portal.ingestion.transports.address import filled, forms_of, takes_secret
from portal.ingestion.transports.login import login_for
from portal.ingestion.transports.pages import fetch_pages
from portal.ingestion.transports.settings import MEGABYTE, TransportSettings


def limits_of(settings: TransportSettings) -> Limits:
    """The bounds of one fetch, all pages and tries included."""
    return Limits(seconds=settings.max_seconds, size=settings.max_megabytes * MEGABYTE)


def fetch_http(source: Source, *, conditionally: bool) -> Fetched:
    """What is at the source's address, all pages of it. Raises FetchError; no secret is in its text."""
    try:
        secret = source.token
    except SealBroken as error:
        raise FetchError(str(error)) from error
    try:
        return _fetch(source, secret, conditionally=conditionally)
    except FetchError as error:
        if (told := error.without([secret])) is not error:
            raise told from None
        raise


def _fetch(source: Source, secret: str, *, conditionally: bool) -> Fetched:
    adapter = adapters.get(source.adapter)
    url, settings = adapter.pulled(source)
    limits = limits_of(settings)
    in_address = takes_secret(url)
    if in_address and not secret:
        raise FetchError(_("The address has a place for a secret, {token}, and there is none; set it."))
    request = Request(
        url=filled(url, secret),
        login=None if in_address else login_for(settings, secret, source.allowed_hosts, limits),
        secrets=forms_of(secret) if in_address else (),
        etag=source.etag if conditionally else "",
        last_modified=source.last_modified if conditionally else "",
        content_types=adapter.content_types,
    )
    with Fetcher(source.allowed_hosts, limits) as fetcher:
        return fetcher.fetch(request) if settings.pages == "one" else fetch_pages(fetcher, request, settings)
