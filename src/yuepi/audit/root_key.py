"""The Ed25519 key that roots are signed with: in one file, for its owner only.

Who has the database but not this file can rewrite the record, but cannot sign a root over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from yuepi.kit.errors import Unavailable
from yuepi.kit.key_file import KEY_BYTES, KeyFile

KEY_VARIABLE: Final = "YUEPI_AUDIT_KEY"
KEY: Final = KeyFile(
    "audit key",
    KEY_VARIABLE,
    Path("keys") / "audit.key",
    in_use="roots of the audit record are signed",
    if_lost=f"set {KEY_VARIABLE} to 32 new random bytes in base64, and tell who checks the record",
    why_kept=": roots are checked with its public half",
)


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
    secret = KEY.read(data, environment, may_make=may_make_key)
    return RootKey(secret, deliberate=bool(environment.get(KEY_VARIABLE)))


def public_key_of(data: Path, environment: Mapping[str, str]) -> str | None:
    """The public key that roots are signed with here; None where there is none. Makes no key.

    Raises as `open_root_key` does for one that cannot be read.
    """
    try:
        return open_root_key(data, environment, may_make_key=False).public
    except Unavailable as error:
        if error.code == KEY.missing:
            return None
        raise
