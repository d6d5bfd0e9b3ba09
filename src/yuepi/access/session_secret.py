"""The secret of a session, what is kept of it, and the proof against forged requests.

256 random bits: a plain SHA-256 is enough to keep. The proof (CSRF) is made of the secret:
whoever can read the answer of `GET /api/session` has it, a page of another site has not.
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

_TOKEN: Final = re.compile(r"ys-[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """A fresh secret of 256 bits."""
    return f"ys-{secrets.token_urlsafe(32)}"


def is_token(text: str) -> bool:
    """Whether a text can be such a secret at all."""
    return _TOKEN.fullmatch(text) is not None


def hashed(token: str) -> bytes:
    """What is kept of a secret."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def csrf_of(token: str) -> str:
    """The proof that belongs to a session's secret, and tells nothing of it."""
    digest = sha256(b"yuepi csrf\0" + token.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def csrf_matches(token: str, given: str) -> bool:
    """Whether the proof is that of this secret."""
    return hmac.compare_digest(csrf_of(token).encode(), given.encode("utf-8", "surrogatepass"))
