"""The Ed25519 key that roots are signed with: in one file, for its owner only.

Who has the database but not this file can rewrite the record, but cannot sign a root over it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.kit.sealing import make_key_file

KEY_BYTES: Final = 32
KEY_VARIABLE: Final = "YUEPI_AUDIT_KEY"
KEY_FILE: Final = Path("keys") / "audit.key"


class RootKey:
    """Signs roots. `public` is its public key, 64 hexadecimal digits.

    deliberate: given by a person in the environment, so it may take over from another key.
    """

    def __init__(self, secret: bytes, *, deliberate: bool = False) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a root key has {KEY_BYTES} bytes, not {len(secret)}")
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.public: Final = self._key.public_key().public_bytes_raw().hex()
        self.deliberate: Final = deliberate

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._key.sign(message)


def signature_holds(public: str, signature: bytes, message: bytes) -> bool:
    """Whether the key signed the message; False too for what is no key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, message)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def open_root_key(
    data: Path, environment: Mapping[str, str], *, may_make_key: bool = True
) -> RootKey:
    """The key of a data folder: in YUEPI_AUDIT_KEY, else in `keys/audit.key`.

    The file is made at first use (0600, in a folder 0700) and never overwritten; where roots are
    signed already it is not made anew (`may_make_key`). Raises `BadUsage` for a malformed key,
    `Unavailable` where the file cannot be read or made, or is missing (code `audit_key_missing`).
    """
    given = environment.get(KEY_VARIABLE)
    if given:
        return RootKey(_decoded(given, where=KEY_VARIABLE), deliberate=True)
    file = data / KEY_FILE
    if not may_make_key and not file.exists():
        raise Unavailable(
            f"roots of the audit record are signed already, but their key {file} is missing",
            remedy="put it back from a backup; if it is lost for good, set "
            f"{KEY_VARIABLE} to 32 new random bytes in base64, and tell who checks the record",
            code="audit_key_missing",
        )
    try:
        text = file.read_text("ascii") if file.exists() else make_key_file(file, "audit key")
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise Unavailable(
            f"the audit key {file} cannot be read or made: {error.strerror}",
            remedy="give the user who runs Yuepi the right to its keys folder",
            code="audit_key_unavailable",
        ) from error
    return RootKey(_decoded(text, where=str(file)))


def public_key_of(data: Path, environment: Mapping[str, str]) -> str | None:
    """The public key that roots are signed with here; None where there is none. Makes no key."""
    if not environment.get(KEY_VARIABLE) and not (data / KEY_FILE).exists():
        return None
    return open_root_key(data, environment, may_make_key=False).public


def _decoded(text: str, *, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadUsage(
            f"the audit key in {where} is not 32 bytes in base64",
            remedy="put back the original key: roots are checked with its public half",
            code="bad_audit_key",
        )
    return key
