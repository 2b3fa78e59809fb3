"""The key of a month, and what it makes of a person and a phrase."""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import date

from django.utils.crypto import constant_time_compare, salted_hmac

from search.seeking.conf import SEATS
from search.seeking.models import Round

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """The key of the round `round_id`, only ever in memory."""

    round_id: int
    secret: bytes

    def mark(self, person_id: int, phrase: str, language: str, day: date) -> int:
        """63 bits that are the same for this search again on that day, and for nothing else."""
        return self._hash("mark", person_id, phrase, language, day.isoformat()) >> 1

    def seat(self, person_id: int, phrase: str, language: str) -> int:
        """0 to 62; the same through the month, shared with many others."""
        return self._hash("seat", person_id, phrase, language) % SEATS

    def _hash(self, *parts: object) -> int:
        text = "\0".join(map(str, parts))  # no phrase holds a NUL
        return int.from_bytes(hmac.digest(self.secret, text.encode(), "sha256")[:8])


_kept: dict[date, Key | None] = {}


def key_of(day: date) -> Key | None:
    """The key for a day, read once a day and process. None while the secret key is not the one the month began with."""
    if day not in _kept:
        found = key_for(_round_of(day))
        if found is None:
            logger.warning("the secret key has changed: what people seek is counted again from the next night on")
        _kept.clear()
        _kept[day] = found
    return _kept[day]


def forget() -> None:
    """Drops what the process remembers."""
    _kept.clear()


def begin(day: date) -> Round:
    """The round of a day. One whose key is lost is deleted with all it holds, and begun anew."""
    found = _round_of(day)
    if key_for(found) is None:
        found.delete()
        found = _round_of(day)
    forget()
    return found


def key_for(found: Round) -> Key | None:
    """Its key; None if that is lost, since hashes by another one would count a person twice."""
    secret = _secret(bytes(found.salt))
    same = constant_time_compare(_check(secret), bytes(found.check_value))
    return Key(found.pk, secret) if same else None


def _round_of(day: date) -> Round:
    salt = secrets.token_bytes(32)
    fresh = {"salt": salt, "check_value": _check(_secret(salt))}
    return Round.objects.get_or_create(month=day.replace(day=1), defaults=fresh)[0]


def _secret(salt: bytes) -> bytes:
    return salted_hmac(b"search.seeking" + salt, b"key", algorithm="sha256").digest()


def _check(secret: bytes) -> bytes:
    return hmac.digest(secret, b"check", "sha256")
