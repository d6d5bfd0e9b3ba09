"""Who a key speaks for, now."""

from __future__ import annotations

from yuepi.access.key import NotAllowed
from yuepi.access.keys import Keyring
from yuepi.access.people import People
from yuepi.access.principal import NotSignedIn, Principal
from yuepi.access.user import NoSuchPerson


async def principal_of_key(keyring: Keyring, people: People, secret: str) -> Principal:
    """The key's owner within its scopes, or the key itself where it belongs to nobody.

    Raises `NotAllowed` (401) for a key that is none, revoked or of somebody disabled,
    `NotSignedIn` (401) where its owner is gone, `Unavailable`.
    """
    key = await keyring.find(secret)
    scopes = frozenset(key.scopes)
    if key.user_id is None:
        return Principal(key.id, key.name, frozenset({"service"}), "", scopes)
    # Asked anew: the ring may be some seconds behind.
    try:
        user = await people.user(key.user_id)
    except NoSuchPerson:
        raise NotSignedIn("the key's owner is gone") from None
    if user.disabled:
        raise NotAllowed("the key's owner is disabled", remedy="ask an administrator")
    return await people.principal_of(user, scopes=scopes)
