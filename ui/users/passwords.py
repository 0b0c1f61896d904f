"""Passwords as scrypt hashes (RFC 7914): slow and costly in memory to guess, from Python's own library."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import os
import unicodedata
from threading import BoundedSemaphore

MIN_CHARS = 10
MAX_CHARS = 200
_LOG2_N, _R, _P = 15, 8, 3  # 32 MiB and some tenths of a second; OWASP's third choice of equal strength
_SALT_BYTES = 16
_AT_ONCE = BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """``scrypt$<log2 n>$<r>$<p>$<salt>$<hash>``, with a salt of its own."""
    salt = os.urandom(_SALT_BYTES)
    parts = (str(_LOG2_N), str(_R), str(_P), _encoded(salt), _encoded(_derive(password, salt, _LOG2_N, _R, _P)))
    return "$".join(("scrypt", *parts))


def password_matches(password: str, hashed: str) -> bool:
    """Whether ``password`` was hashed to ``hashed``; takes equally long wherever they differ."""
    try:
        kind, log2_n, r, p, salt, wanted = hashed.split("$")
        cost = (int(log2_n), int(r), int(p))
        found = _derive(password, base64.b64decode(salt, validate=True), *cost)
        return kind == "scrypt" and hmac.compare_digest(found, base64.b64decode(wanted, validate=True))
    except (ValueError, binascii.Error):
        return False


@functools.cache
def nobodys() -> str:
    """A hash to compare with where there is no such name, so that the time taken does not tell."""
    return hash_password(os.urandom(16).hex())


def _derive(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    words = unicodedata.normalize("NFC", password[:MAX_CHARS]).encode()
    with _AT_ONCE:  # so that many who sign in at once cannot fill the memory
        return hashlib.scrypt(words, salt=salt, n=1 << log2_n, r=r, p=p, maxmem=256 * r * (p + 1) << log2_n, dklen=32)


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
