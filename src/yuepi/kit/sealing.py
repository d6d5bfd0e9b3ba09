"""Contents sealed at rest: AES-256-GCM with one key in a file that only the owner may read.

A sealed text is `YS1` + key id (8 bytes) + nonce (12) + ciphertext with its tag (16). The key id
tells which key is needed, so that a later key can stand beside an older one. Nonces are random:
NIST SP 800-38D (8.3) allows 2^32 texts under one key that way, a thousand a day for 11,000 years.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yuepi.kit.errors import YuepiError
from yuepi.kit.key_file import KEY_BYTES, KeyFile

KEY_VARIABLE: Final = "YUEPI_CONTENT_KEY"
KEY: Final = KeyFile(
    "content key",
    KEY_VARIABLE,
    Path("keys") / "content.key",
    in_use="contents are sealed",
    if_lost="so are they: to go on without them, "
    f"set {KEY_VARIABLE} to 32 new random bytes in base64",
    why_kept="; a new one cannot open what is sealed already",
)
CONTENT_BYTES_MAX: Final = 256 * 1024 * 1024

_MAGIC: Final = b"YS1"
_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_HEAD_BYTES: Final = len(_MAGIC) + _ID_BYTES


class SealBroken(YuepiError):
    """A sealed content cannot be opened: `wrong_content_key`, or `content_damaged`."""

    code = "content_damaged"
    http_status = 500
    exit_code = 3


class Sealer:
    """Seals bytes and opens them again; `associated` ties a content to what it belongs to.

    Seconds: about one a gigabyte. Use it in a thread for more than some hundred kilobytes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a content key has {KEY_BYTES} bytes, not {len(key)}")
        self._cipher = AESGCM(key)
        self._head = _MAGIC + hashlib.sha256(b"yuepi content key id\0" + key).digest()[:_ID_BYTES]

    @property
    def key_id(self) -> str:
        """The key's public name, 16 hexadecimal digits."""
        return self._head[len(_MAGIC) :].hex()

    def seal(self, content: bytes, *, associated: bytes) -> bytes:
        """The content, unreadable and unchangeable without the key and the same `associated`."""
        if len(content) > CONTENT_BYTES_MAX:
            raise ValueError(f"{len(content)} bytes are more than are sealed in one piece")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._head + nonce + self._cipher.encrypt(nonce, content, self._head + associated)

    def unseal(self, sealed: bytes, *, associated: bytes) -> bytes:
        """What was sealed. Raises `SealBroken` for another key, other bytes, another owner."""
        if len(sealed) < _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES or sealed[:3] != _MAGIC:
            raise SealBroken(
                "this is no sealed content, or it was cut off",
                remedy="restore it from a backup",
            )
        if sealed[:_HEAD_BYTES] != self._head:
            wanted = sealed[len(_MAGIC) : _HEAD_BYTES].hex()
            raise SealBroken(
                f"the content was sealed with key {wanted}, the present key is {self.key_id}",
                remedy=f"put back the key file or {KEY_VARIABLE} that was in use then",
                code="wrong_content_key",
            )
        nonce = sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        try:
            return self._cipher.decrypt(
                nonce, sealed[_HEAD_BYTES + _NONCE_BYTES :], self._head + associated
            )
        except InvalidTag:
            raise SealBroken(
                "a sealed content was changed, or belongs to something else",
                remedy="restore it from a backup and find out who can write there",
            ) from None


def open_sealer(data: Path, environment: Mapping[str, str], *, may_make_key: bool = True) -> Sealer:
    """The sealer of a data folder: the key in YUEPI_CONTENT_KEY, else in `keys/content.key`.

    The file is made at first use (0600, in a folder 0700) and never overwritten. Whoever loses
    it loses the contents: where some are sealed already a new key is not made (`may_make_key`).
    Raises `BadUsage` for a malformed key, `Unavailable` where the file cannot be read or made, or
    is missing (code `content_key_missing`) and may not be made.
    """
    return Sealer(KEY.read(data, environment, may_make=may_make_key))
