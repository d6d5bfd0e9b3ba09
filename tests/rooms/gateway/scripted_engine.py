"""Engines that answer from a script, and a clock that a test turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from yuepi.engines.contract import (
    Abilities,
    Call,
    Chat,
    Delta,
    Engine,
    EngineFailure,
    EngineUnavailable,
    Message,
    Picture,
    Sampling,
    Usage,
    picture_sha256,
)


@dataclass
class Clock:
    """Seconds that pass when told so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Says:
    """Pieces of a text, `pause_s` before each; ends with `finish` and `usage`, then `error`."""

    pieces: Sequence[str] = ("yes",)
    finish: str | None = "stop"
    usage: Usage | None = field(default_factory=lambda: Usage(10, 2))
    pause_s: float = 0.0
    error: Exception | None = None
    wait: asyncio.Event | None = None


Step = Says | Exception | Callable[[Chat], AsyncGenerator[Delta, None]]


class ScriptedEngine:
    """Takes one step a call; when they are used up, `otherwise` every time."""

    def __init__(
        self,
        *steps: Step,
        name: str = "fake",
        otherwise: Step | None = None,
        abilities: Abilities | None = None,
    ) -> None:
        self.name = name
        self.abilities = abilities or Abilities()
        self.steps = list(steps)
        self.otherwise: Step = otherwise if otherwise is not None else Says()
        self.asked: list[Chat] = []
        self.running = self.running_most = 0
        self.ended_early = self.closed = 0

    async def stream(self, chat: Chat) -> AsyncGenerator[Delta, None]:
        self.asked.append(chat)
        step = self.steps.pop(0) if self.steps else self.otherwise
        self.running += 1
        self.running_most = max(self.running_most, self.running)
        try:
            if isinstance(step, Exception):
                raise step
            if not isinstance(step, Says):
                async for delta in step(chat):
                    yield delta
                return
            if step.wait is not None:
                await step.wait.wait()
            for piece in step.pieces:
                if step.pause_s:
                    await asyncio.sleep(step.pause_s)
                yield Delta(piece, raw=b"data: %s\n\n" % piece.encode())
            if step.error is not None:
                raise step.error
            if step.finish is not None:
                yield Delta(finish=step.finish, usage=step.usage)  # type: ignore[arg-type]
        except (GeneratorExit, asyncio.CancelledError):
            self.ended_early += 1
            raise
        finally:
            self.running -= 1

    async def warm(self) -> None: ...

    async def close(self) -> None:
        self.closed += 1


def down(code: str | None = None, retry_after_s: float | None = None) -> EngineFailure:
    return EngineUnavailable("it is down", remedy="mend it", code=code, retry_after_s=retry_after_s)


def question(
    text: str = "hello",
    *,
    temperature: float | None = None,
    conversation: str = "",
    pictures: Sequence[bytes] = (),
    incremental: bool = True,
    deadline: float | None = None,
) -> Chat:
    shown = tuple(Picture(data, "image/png", picture_sha256(data), 64, 64) for data in pictures)
    return Chat(
        (Message("user", (*shown, text)),),
        Sampling(temperature=temperature),
        incremental=incremental,
        call=Call(conversation=conversation, deadline=deadline),
    )


async def read(engine: Engine, chat: Chat) -> str:
    return "".join([delta.text async for delta in engine.stream(chat)])
