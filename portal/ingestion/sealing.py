"""Secrets at rest: encrypted with a key derived from Django's SECRET_KEY."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes
from django.utils.translation import gettext as _


class SealBroken(Exception):
    """The secret was encrypted under another SECRET_KEY: it has to be set again."""


def _fernet(key: str | bytes) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"folkmoot.ingestion").derive(force_bytes(key))
    return Fernet(base64.urlsafe_b64encode(derived))


def _fernets() -> MultiFernet:
    # Whoever changes SECRET_KEY keeps the old one among the fallbacks until the secrets were saved again.
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def seal(text: str) -> str:
    """The text encrypted; "" stays ""."""
    return _fernets().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """The text again. Raises SealBroken."""
    if not sealed:
        return ""
    try:
        return _fernets().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken(
            _("The secret of this source cannot be read any more (SECRET_KEY is another); set it again.")
        ) from error


def is_lost(sealed: str) -> bool:
    """Whether something is sealed that nobody can read any more."""
    try:
        unseal(sealed)
    except SealBroken:
        return True
    return False
