"""What all engines around another one have in common: everything but how they answer."""

from __future__ import annotations

from yuepi.engines.contract import Abilities, Engine


class Wrapper:
    """An engine around another; it says how to answer by its own `stream`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def abilities(self) -> Abilities:
        return self._engine.abilities

    async def warm(self) -> None:
        await self._engine.warm()

    async def close(self) -> None:
        await self._engine.close()
