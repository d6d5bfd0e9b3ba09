"""Who may ask, as the door sees it: programs by a key, people by their session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from yuepi.access.keys import Key


class Keyring(Protocol):
    """Knows keys. `access.keys.Keyring` is one."""

    async def find(self, bearer: str) -> Key:
        """The key of that secret; raises `NotAllowed`."""
        ...


class Visitors(Protocol):
    """Knows who is signed in with a browser. `access.visitors.Visitors` is one."""

    async def find(self, method: str, header: Callable[[str], str | None]) -> Key | None:
        """The person as a key; None for a request without a session. Raises `NotSignedIn`,
        `ForgedRequest`."""
        ...
