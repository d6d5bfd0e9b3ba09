"""A key of 32 bytes: in the environment, else in a file that only its owner may read."""

from __future__ import annotations

import base64
import binascii
import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from yuepi.kit.errors import BadUsage, Unavailable

LOG = logging.getLogger(__name__)

KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key's name and places, and what is said where it fails.

    path: below the data folder. in_use: why a lost key is not made anew. if_lost, why_kept: what to
    do about a missing and a malformed one. Codes come of the name: `content key` gives
    `content_key_missing`, `content_key_unavailable` and `bad_content_key`.
    """

    name: str
    variable: str
    path: Path
    in_use: str
    if_lost: str
    why_kept: str

    def read(self, data: Path, environment: Mapping[str, str], *, may_make: bool) -> bytes:
        """The key of a data folder: in the variable, else in the file, which is made at first use
        (0600, in a folder 0700) if it `may_make` one, and never overwritten.

        Raises `BadUsage` for a malformed key, `Unavailable` where the file cannot be read or made,
        or is missing and may not be made.
        """
        if given := environment.get(self.variable):
            return self._decoded(given, where=self.variable)
        file = data / self.path
        try:
            text = self._read_or_made(file, may_make)
        except UnicodeDecodeError:
            text = ""
        except OSError as error:
            raise Unavailable(
                f"the {self.name} {file} cannot be read or made: {error.strerror}",
                remedy="give the user who runs Yuepi the right to its keys folder",
                code=f"{self._code}_unavailable",
            ) from error
        return self._decoded(text, where=str(file))

    @property
    def missing(self) -> str:
        """The code of a key that is not there and may not be made."""
        return f"{self._code}_missing"

    @property
    def _code(self) -> str:
        return self.name.replace(" ", "_")

    def _read_or_made(self, file: Path, may_make: bool) -> str:
        try:
            return file.read_text("ascii")
        except FileNotFoundError:
            if may_make:
                return self._made(file)
            raise Unavailable(
                f"{self.in_use} already, but their key {file} is missing",
                remedy=f"put it back from a backup; if it is lost for good, {self.if_lost}",
                code=self.missing,
            ) from None

    def _decoded(self, text: str, *, where: str) -> bytes:
        try:
            key = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise BadUsage(
                f"the {self.name} in {where} is not 32 bytes in base64",
                remedy=f"put back the original key{self.why_kept}",
                code=f"bad_{self._code}",
            )
        return key

    def _made(self, file: Path) -> str:
        """The text of a fresh key in its place, whole or not at all; of the one that stands there
        where another process was faster. Raises `OSError`.
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
                LOG.info("made the %s %s: keep a copy of it in a safe place", self.name, file)
            except FileExistsError:
                LOG.info("another process made the %s first", self.name)
        finally:
            draft.unlink()
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return file.read_text("ascii")


def new_key() -> str:
    """A fresh key as it is written in the file or the variable: base64 of 32 random bytes."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
