"""One question of another room to a model: words and pictures in, the words of the answer out.

Rooms above do not know engines. What they ask for as JSON comes back as text, not checked: the
door's guard would throw away an answer in a code fence, and a whole answer is waited for even where
a model runs away. Here it is left as soon as it is longer than any answer can be.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from yuepi.engines.contract import (
    Abilities,
    BoxScale,
    Call,
    Chat,
    EngineBroke,
    Finish,
    JsonShape,
    Message,
    Picture,
    Sampling,
    picture_sha256,
)
from yuepi.gateway.gateway import Gateway

__all__ = ["Abilities", "BoxScale", "Inquiry", "Reply", "Sheet", "inquire", "overhear"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture to ask about, as an intact JPEG."""

    data: bytes = field(repr=False)
    width_px: int
    height_px: int

    @property
    def sha256(self) -> str:
        """What the record and the cache call it."""
        return picture_sha256(self.data)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question. told: what the model is told before it, of version `prompt`. parts: words and
    pictures in order. conversation: the same for questions about the same thing."""

    told: str
    prompt: str
    parts: tuple[str | Sheet, ...]
    schema: Mapping[str, Any]
    tokens_max: int
    seconds_max: float
    characters_max: int
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `too_long`: it was left at `characters_max`. call: its id in the call log."""

    text: str
    finish: Finish | Literal["too_long"]
    call: str
    deployment: str
    model_version: str
    cached: bool
    took_ms: int


async def inquire(gateway: Gateway, route: str, inquiry: Inquiry) -> Reply:
    """Ask once, greedily. Raises what `Gateway.stream` raises."""
    began = time.monotonic()
    chat = _chat(inquiry, began)
    call = chat.call
    texts: list[str] = []
    characters = 0
    finish: Finish | Literal["too_long"] = "too_long"
    async with aclosing(gateway.stream(route, chat)) as deltas:
        async for delta in deltas:
            texts.append(delta.text)
            characters += len(delta.text)
            if characters > inquiry.characters_max:
                finish = "too_long"
                break
            finish = delta.finish or finish
    return Reply(
        text="".join(texts),
        finish=finish,
        call=call.id,
        deployment=call.deployment,
        model_version=call.model_version,
        cached=call.cache in ("hit", "joined"),
        took_ms=round((time.monotonic() - began) * 1000),
    )


async def overhear(gateway: Gateway, route: str, inquiry: Inquiry) -> AsyncGenerator[str, None]:
    """The words of an answer as they come, greedily; who closes it ends the call. Raises what
    `Gateway.stream` raises, and `EngineBroke` for an answer that was cut off."""
    chat = replace(_chat(inquiry, time.monotonic()), incremental=True)
    characters = 0
    finish: Finish | None = None
    async with aclosing(gateway.stream(route, chat)) as deltas:
        async for delta in deltas:
            characters += len(delta.text)
            if characters > inquiry.characters_max:
                break
            if delta.text:
                yield delta.text
            finish = delta.finish or finish
    if finish != "stop":
        raise EngineBroke(
            f"the answer was left at {characters} characters: it is not whole",
            remedy="ask for less at once, or choose another model",
            code="answer_cut_short",
        )


def _chat(inquiry: Inquiry, began: float) -> Chat:
    return Chat(
        messages=(
            Message("system", (inquiry.told,)),
            Message("user", tuple(map(_part, inquiry.parts))),
        ),
        sampling=Sampling(max_tokens=inquiry.tokens_max, temperature=0.0),
        shape=JsonShape(inquiry.schema, "fields"),
        call=Call(
            conversation=inquiry.conversation,
            prompt_version=inquiry.prompt,
            deadline=began + inquiry.seconds_max,
        ),
    )


def _part(part: str | Sheet) -> str | Picture:
    if isinstance(part, str):
        return part
    return Picture(part.data, "image/jpeg", part.sha256, part.width_px, part.height_px)
