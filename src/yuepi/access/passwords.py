"""Passwords: which are good enough, and Argon2id hashes of them, made and compared in threads.

The rules are NIST SP 800-63B's: length counts, kinds of characters do not, what is guessed first
is refused. Passwords are compared as NFKC, so that the same keys give the same password on every
machine.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from yuepi.access.common_passwords import COMMON_PASSWORDS
from yuepi.kit.errors import BadUsage, Unavailable

CHARACTERS_MIN: Final = 10
CHARACTERS_MAX: Final = 256
DIFFERENT_MIN: Final = 5
THREADS_MAX: Final = 2
"""Each takes 64 MiB and a tenth of a second."""
WAITING_MAX: Final = 32
"""So many wait for a thread; the next is told to come again."""

T = TypeVar("T")


def comparable(text: str) -> str:
    """A login or a name as it is compared: one width, one kind of letter, no space around."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def check_password(password: str, *, login: str, email: str = "") -> None:
    """Raises `BadUsage` (code `weak_password`) for what is guessed too soon."""
    if not CHARACTERS_MIN <= len(password) <= CHARACTERS_MAX:
        raise _weak(f"a password has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters")
    key = comparable(password)
    own = {comparable(login), comparable(email), comparable(email).partition("@")[0]} - {""}
    # A login with some digits after it is the login.
    if own & {key, key[::-1], key.rstrip("0123456789!.@#")}:
        raise _weak("the password is the login or the address")
    if key in COMMON_PASSWORDS or key.rstrip("!.@#") in COMMON_PASSWORDS:
        raise _weak("that password is one of the most common")
    if len(set(key)) < DIFFERENT_MIN:
        raise _weak("the password repeats the same few characters")


class Passwords:
    """Makes and compares hashes, a few at a time. Call `close` at the end."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hash = PasswordHash((hasher or Argon2Hasher(),))
        self._threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="passwords")
        self._room = asyncio.Semaphore(THREADS_MAX)
        self._waiting = 0
        self._of_nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises `Unavailable` (code `busy`) where too many wait."""
        return await self._work(lambda: self._hash.hash(_bytes(password)))

    async def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Whether the password is the one of that hash, and a newer hash where it is time for one.

        `kept` None (no such account) takes the same work and is never right.
        Raises `Unavailable` (code `busy`) where too many wait.
        """
        return await self._work(lambda: self._verify(password, kept))

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        if kept is None:
            if self._of_nobody is None:
                self._of_nobody = self._hash.hash(secrets.token_bytes(32))
            self._hash.verify(_bytes(password), self._of_nobody)
            return False, None
        if len(password) > CHARACTERS_MAX:
            return False, None
        try:
            return self._hash.verify_and_update(_bytes(password), kept)
        except UnknownHashError:
            return False, None

    async def _work(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise Unavailable(
                "too many passwords are being checked",
                remedy="try again in a few seconds",
                code="busy",
            )
        self._waiting += 1
        try:
            async with self._room:
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _bytes(password: str) -> bytes:
    # A lone surrogate, as JSON can bring it, is no reason to fail.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _weak(message: str) -> BadUsage:
    return BadUsage(
        message,
        remedy=f"choose {CHARACTERS_MIN} characters or more that nobody would guess, "
        "such as a few words that do not belong together",
        code="weak_password",
    )
