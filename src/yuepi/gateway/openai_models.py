"""The list of models in OpenAI's language, with what each can take beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec

from yuepi.engines.contract import Abilities, Embedder


class Asked(Protocol):
    """What can be asked by name. `gateway.gateway.Gateway` is one."""

    def aliases(self) -> Iterable[str]: ...

    def abilities(self, alias: str) -> Abilities: ...


class Models:
    """Each model by its name. `abilities` is ours: OpenAI's clients pass over what they don't know.

    `images_max` is the ceiling that the door sets over what each model takes by itself; `created`
    Unix time in seconds.
    """

    def __init__(
        self, gateway: Asked, embedders: Mapping[str, Embedder], images_max: int, created: int
    ) -> None:
        able = {one: _of_chat(gateway.abilities(one), images_max) for one in gateway.aliases()}
        for name, embedder in embedders.items():
            able.setdefault(name, {"kind": "embeddings", "dimensions": embedder.dimensions})
        head = {"object": "model", "created": created, "owned_by": "yuepi"}
        self._models: dict[str, dict[str, Any]] = {
            name: {"id": name, **head, "abilities": one} for name, one in able.items()
        }

    def all(self) -> bytes:
        """All of them as `GET /v1/models` answers."""
        return msgspec.json.encode({"object": "list", "data": list(self._models.values())})

    def one(self, name: str) -> bytes | None:
        """That one, or None."""
        found = self._models.get(name)
        return None if found is None else msgspec.json.encode(found)


def _of_chat(abilities: Abilities, images_max: int) -> dict[str, Any]:
    sees = "image" in abilities.modalities
    return {
        "kind": "chat",
        "images_max": min(images_max, abilities.images_max) if sees else 0,
        "context_tokens_max": abilities.context_tokens_max,
        "json_schema": abilities.json_schema,
        "converses": abilities.converses,
    }
