"""Contents sealed at rest: AES-256-GCM with one key in a file that only the owner may read.

A sealed text is `YS1` + key id (8 bytes) + nonce (12) + ciphertext with its tag (16). The key id
tells which key is needed, so that a later key can stand beside an older one. Nonces are random:
NIST SP 800-38D (8.3) allows 2^32 texts under one key that way, a thousand a day for 11,000 years.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yuepi.kit.errors import BadUsage, Unavailable, YuepiError

LOG = logging.getLogger(__name__)

KEY_BYTES: Final = 32
KEY_VARIABLE: Final = "YUEPI_CONTENT_KEY"
KEY_FILE: Final = Path("keys") / "content.key"
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
    given = environment.get(KEY_VARIABLE)
    if given:
        return Sealer(_decoded(given, where=KEY_VARIABLE))
    file = data / KEY_FILE
    if not may_make_key and not file.exists():
        raise Unavailable(
            f"contents are sealed already, but their key {file} is missing",
            remedy="put it back from a backup; if it is lost for good, so are they: to go on"
            f" without them, set {KEY_VARIABLE} to 32 new random bytes in base64",
            code="content_key_missing",
        )
    try:
        text = file.read_text("ascii") if file.exists() else make_key_file(file, "content key")
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise Unavailable(
            f"the content key {file} cannot be read or made: {error.strerror}",
            remedy="give the user who runs Yuepi the right to its keys folder",
            code="content_key_unavailable",
        ) from error
    return Sealer(_decoded(text, where=str(file)))


def new_key() -> str:
    """A fresh key as it is written in the file or the variable: base64 of 32 random bytes."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def _decoded(text: str, *, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadUsage(
            f"the content key in {where} is not 32 bytes in base64",
            remedy="put back the original key; a new one cannot open what is sealed already",
            code="bad_content_key",
        )
    return key


def make_key_file(file: Path, what: str) -> str:
    """The text of a fresh key in its place, whole or not at all; of the one that stands there where
    another process was faster.

    what: the key's name in the log. Raises `OSError`.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as opened:
            opened.write(new_key() + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            # Unlike a rename, a link never replaces what is there.
            os.link(draft, file)
            LOG.info("made the %s %s: keep a copy of it in a safe place", what, file)
        except FileExistsError:
            LOG.info("another process made the %s first", what)
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file.read_text("ascii")
