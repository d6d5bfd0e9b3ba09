"""How much the door takes in at once: of one request, of one key, of all together."""

from __future__ import annotations

from dataclasses import dataclass, field

from yuepi.engines.contract import EngineBusy
from yuepi.gateway.http_exchange import Exchange, Share
from yuepi.gateway.picture_intake import PictureLimits

BODIES_BYTES_MIN = 512 * 2**20
KEY_SHARE = 4
"""One key has at most a fourth of the requests under way, and of the bytes of their bodies."""


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """What one request may bring, and how many may be there at once.

    `bodies_bytes_max` is for the bodies of all requests under way together, None: what is usual
    for bodies of that size. `images_max` is a ceiling over what each model takes by itself
    (`Abilities.images_max`, usually four). `send_wait_s_max`: how long a client may stop reading
    before it counts as gone.
    """

    body_bytes_max: int
    images_max: int
    body_wait_s_max: float = 60.0
    send_wait_s_max: float = 60.0
    requests_max: int = 512
    bodies_bytes_max: int | None = None
    pictures: PictureLimits = field(default_factory=PictureLimits)


class Room:
    """What is under way. Every exchange that enters must leave."""

    def __init__(self, limits: DoorLimits) -> None:
        bytes_max = limits.body_bytes_max
        self._requests_max = limits.requests_max
        self._bytes_max = limits.bodies_bytes_max or max(BODIES_BYTES_MIN, 2 * bytes_max)
        self._share_max = Share(
            max(1, limits.requests_max // KEY_SHARE), max(bytes_max, self._bytes_max // KEY_SHARE)
        )
        self._requests = 0
        self._bytes = 0
        self._shares: dict[str, Share] = {}

    def enter(self, exchange: Exchange) -> None:
        """One more request; raises `EngineBusy` where there are too many."""
        exchange.entered = True
        self._requests += 1
        if self._requests > self._requests_max:
            raise _full(f"{self._requests_max} requests are being answered already")

    def enter_for(self, exchange: Exchange, key_id: str) -> None:
        """It is this key's; raises `EngineBusy` where that has its share."""
        share = exchange.share = self._shares.setdefault(key_id, Share())
        share.requests += 1
        if share.requests > self._share_max.requests:
            raise _full(f"{self._share_max.requests} requests of this key are being answered")

    def hold(self, exchange: Exchange, size_bytes: int) -> None:
        """Count bytes that arrived, until the request is answered; raises `EngineBusy`."""
        exchange.held_bytes += size_bytes
        self._bytes += size_bytes
        share = exchange.share
        if share is not None:
            share.bytes += size_bytes
            if share.bytes > self._share_max.bytes:
                raise _full("requests of this key with too much in them are being answered")
        if self._bytes > self._bytes_max:
            raise _full("requests with too much in them are being answered already")

    def leave(self, exchange: Exchange) -> None:
        """The request is over, and its body let go of."""
        self._requests -= exchange.entered
        self._bytes -= exchange.held_bytes
        share = exchange.share
        if share is None:
            return
        share.requests -= 1
        share.bytes -= exchange.held_bytes
        if not share.requests:
            del self._shares[exchange.call.key_id]


def _full(message: str) -> EngineBusy:
    return EngineBusy(message, remedy="ask again in a moment", code="too_many_requests")
