"""A root of the record's tree, signed: one line that proves everything before it.

A line is JSON: {"size", "root", "at", "key", "signature"}; hashes, the public key and the signature
in hexadecimal digits, `at` like `2026-03-01T08:00:00.000000Z`. The signature is Ed25519 over
`yuepi audit root v1`, a newline, and the canonical JSON of the other four.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

import rfc8785

from yuepi.audit.root_key import RootKey, signature_holds
from yuepi.audit.tree import HASH_BYTES
from yuepi.kit.errors import YuepiError

LINE_BYTES_MAX: Final = 1_000
SIZE_MAX: Final = 2**53 - 1
_PURPOSE: Final = b"yuepi audit root v1\n"


class RecordBroken(YuepiError):
    """The audit record is not as it was written."""

    code = "audit_broken"
    http_status = 500


def record_broken(what: str) -> RecordBroken:
    """That error, with what to do."""
    return RecordBroken(
        f"the audit record is damaged: {what}",
        remedy="run yuepi audit verify, and find out who can write to the database",
    )


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """The root over the first `size` entries. key: the public one, in hexadecimal digits."""

    size: int
    root: bytes
    at: datetime
    key: str
    signature: bytes

    @classmethod
    def made(cls, size: int, root: bytes, at: datetime, key: RootKey) -> Self:
        """A root, signed now."""
        return cls(size, root, at, key.public, key.sign(_message(size, root, at, key.public)))

    @classmethod
    def of_row(cls, row: Any) -> Self:
        """From the database's row. Raises `RecordBroken` for other types, which SQLite takes."""
        try:
            return cls(row.size, bytes(row.root), row.at, row.key_id, bytes(row.signature))
        except TypeError:
            raise record_broken(f"the root over {row.size} was changed") from None

    @classmethod
    def of_line(cls, line: str) -> Self:
        """From an exported line. Raises ValueError for what is none."""
        told = json.loads(line)
        if not isinstance(told, dict) or set(told) != {"size", "root", "at", "key", "signature"}:
            raise ValueError("not the keys of a root")
        size, at = told["size"], told["at"]
        texts = (at, told["key"], told["root"], told["signature"])
        if type(size) is not int or not 1 <= size <= SIZE_MAX:
            raise ValueError("not a size")
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("not text")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("a moment without its zone")
        root, signature = bytes.fromhex(told["root"]), bytes.fromhex(told["signature"])
        if len(root) != HASH_BYTES or len(bytes.fromhex(told["key"])) != HASH_BYTES:
            raise ValueError("not a hash, or not a key")
        return cls(size, root, moment.astimezone(UTC), told["key"].lower(), signature)

    def line(self) -> str:
        """As it is exported, without a newline."""
        return json.dumps(self.told())

    def told(self) -> dict[str, Any]:
        """The line's values."""
        return _told(self.size, self.root, self.at, self.key) | {"signature": self.signature.hex()}

    def holds(self) -> bool:
        """Whether its own key signed it; whose key that is, is another question."""
        try:
            message = _message(self.size, self.root, self.at, self.key)
        except ValueError:
            # A database can be made to hold what no root has.
            return False
        return signature_holds(self.key, self.signature, message)


def _told(size: int, root: bytes, at: datetime, key: str) -> dict[str, Any]:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
    return {"size": size, "root": root.hex(), "at": f"{moment}Z", "key": key}


def _message(size: int, root: bytes, at: datetime, key: str) -> bytes:
    return _PURPOSE + rfc8785.dumps(_told(size, root, at, key))
