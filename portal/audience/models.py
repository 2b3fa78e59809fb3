from __future__ import annotations

import hashlib

from django.db import models

from portal.audience.expressions import Expression


class Stamp(models.Model):
    """A counter that tells every process that what it holds in memory has changed; see stamps.py."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class Audience(models.Model):
    """An interned expression. Immutable: a new audience is a new row, so ids can be cached for ever."""

    id = models.BigIntegerField(primary_key=True)  # given by intern(), in the order of commits
    key = models.TextField()
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.key

    @property
    def expression(self) -> Expression:
        return Expression.from_key(self.key)

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()
