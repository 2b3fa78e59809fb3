"""Fetching from the local server, quickly."""

from __future__ import annotations

from portal.ingestion.fetch import Limits, Request, fetch

QUICK = Limits(seconds=3, patience=1)


def get(local, path="/", limits=QUICK, **fields):
    return fetch(Request(local.url(path), **fields), allowed_hosts=[local.host], limits=limits)


def content(fetched):
    with fetched.body as body:
        return body.read()
