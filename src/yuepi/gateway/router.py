"""Which of a route's weighted targets a call goes to.

The same conversation always goes to the same target (its prefix is cached there, and its tone
stays the same), shares follow the weights, and when a target comes or goes only the
conversations of that share move: weighted rendezvous hashing. A canary is a target of small weight.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from yuepi.engines.contract import Abilities, Call, Chat, Delta, Engine

_HASHES = float(2**64)


@dataclass(frozen=True, slots=True)
class Branch:
    """One way a router may take: `name` is the target deployment's, hashed to choose."""

    name: str
    weight: int
    engine: Engine


class Router:
    """An engine that hands each call to one of others; it adds nothing to the stream itself."""

    def __init__(self, alias: str, branches: Sequence[Branch], chance: random.Random) -> None:
        self._alias = alias
        self._branches = tuple(branches)
        self._chance = chance
        self._abilities = widest([branch.engine.abilities for branch in branches])

    @property
    def name(self) -> str:
        return self._alias

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        return self.pick(chat.call).engine.stream(chat)

    def pick(self, call: Call) -> Branch:
        """The branch of this call; by chance where it belongs to no conversation."""
        if len(self._branches) == 1:
            return self._branches[0]
        if not call.conversation:
            weights = [branch.weight for branch in self._branches]
            return self._chance.choices(self._branches, weights)[0]
        # Two tenants may use the same names for conversations; that is no reason to go together.
        conversation = f"{call.tenant}\0{call.conversation}"
        return max(self._branches, key=lambda branch: _score(conversation, branch))

    async def warm(self) -> None:
        for branch in self._branches:
            await branch.engine.warm()

    async def close(self) -> None:
        for branch in self._branches:
            await branch.engine.close()


def _score(conversation: str, branch: Branch) -> float:
    """-weight / ln(u), u in (0, 1) hashed from both names: the largest wins with its share."""
    if branch.weight == 0:
        return -1.0
    digest = hashlib.blake2b(f"{conversation}\0{branch.name}".encode(), digest_size=8).digest()
    u = (int.from_bytes(digest, "big") + 0.5) / _HASHES
    # Rounded to a float the largest hashes are 1.0, whose logarithm would be no divisor.
    return -branch.weight / math.log(min(u, 1.0 - 2.0**-53))


def widest(several: Sequence[Abilities]) -> Abilities:
    """What at least one of several can take; the scale of boxes is the first one's."""
    modalities = tuple(dict.fromkeys(kind for one in several for kind in one.modalities))
    return replace(
        several[0],
        images_max=max(one.images_max for one in several),
        context_tokens_max=max(one.context_tokens_max for one in several),
        json_schema=any(one.json_schema for one in several),
        modalities=modalities,
        converses=any(one.converses for one in several),
    )


def takes_pictures(abilities: Abilities, pictures: int) -> bool:
    """Whether so many pictures can be sent to one of these abilities."""
    return pictures == 0 or (pictures <= abilities.images_max and "image" in abilities.modalities)
